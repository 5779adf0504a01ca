/// A Rust method's name, which begins with the type that it belongs to: `<shop::Index<u8>>::load` and
/// `<shop::Index<u8> as core::iter::Iterator>::next`.
struct RustMethodName {
  /// The type, without the trait.
  private let type: String
  /// `::load::<…>`: what follows the type, with its arguments left out.
  private let method: String

  /// Takes a name apart; nil if it is no such name.
  init?(_ name: String) {
    guard name.hasPrefix("<") else { return nil }
    let scalars = Array(name.unicodeScalars)
    let end = FunctionName.closing(of: scalars, openedAt: 0)
    guard end < scalars.count, scalars[(end + 1)...].starts(with: "::".unicodeScalars) else {
      return nil
    }
    type = Self.text(Self.withoutTrait(scalars[1..<end]))
    method = FunctionName.collapsed(Self.text(scalars[(end + 1)...]), keepingTemplateDepth: 0)
  }

  /// Shorter and shorter forms, all of which still name the type.
  var shortened: [String] {
    let plainMethod = method.replacing("::<…>", with: "")
    let name = Self.withoutPath(type)
    let plainName = FunctionName.collapsed(name, keepingTemplateDepth: 0)
    return [
      "<\(type)>\(method)", "\(name)\(method)", "\(plainName)\(method)",
      "\(plainName)\(plainMethod)", plainName.replacing("<…>", with: "") + plainMethod,
    ]
  }

  /// What stands before ` as ` outside of brackets.
  private static func withoutTrait(
    _ scalars: ArraySlice<Unicode.Scalar>
  ) -> ArraySlice<Unicode.Scalar> {
    var depth = 0
    for index in scalars.indices {
      switch scalars[index] {
      case "<", "(", "[": depth += 1
      case ">" where index > 0 && scalars[index - 1] == "-": break
      case ">", ")", "]": depth -= 1
      case " " where depth == 0 && scalars[index...].starts(with: " as ".unicodeScalars):
        return scalars[..<index]
      default: break
      }
    }
    return scalars
  }

  /// `Index<u8>` of `shop::store::Index<u8>`; types that are no plain path stay as they are.
  private static func withoutPath(_ type: String) -> String {
    let scalars = Array(type.unicodeScalars)
    var depth = 0
    var start = 0
    for index in scalars.indices {
      switch scalars[index] {
      case "[", "(", " ", "&", "*": if depth == 0 { return type }
      case "<": depth += 1
      case ">": depth -= 1
      case ":" where depth == 0: start = index + 1
      default: break
      }
    }
    return text(scalars[start...])
  }

  private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
