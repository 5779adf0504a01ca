/// The parts of a demangled function name.
///
/// `operator<`, `operator->`, `operator()` and `(anonymous namespace)` are names, not brackets. Names
/// are taken apart by scalars: characters cost ten times as much, and what divides a name is ASCII.
enum FunctionName {
  /// The name without the return type that C++ and Swift put before some names; the name itself
  /// if it has none, or if what stands there is no type.
  static func withoutReturnType(_ name: String) -> String {
    // Most names have none: no blank, or none before the parameters.
    let bytes = name.utf8
    guard let blank = bytes.firstIndex(of: UInt8(ascii: " ")),
      let bracket = bytes.firstIndex(of: UInt8(ascii: "(")),
      blank < bracket || name.hasPrefix("(anonymous")
        || bytes[..<bracket].contains(UInt8(ascii: "<"))
    else { return name }
    let characters = Array(name.unicodeScalars)
    var depth = 0
    var start = 0
    var index = 0
    while index < characters.count {
      if let end = operatorEnd(in: characters, at: index) {
        // A conversion operator's blank, and that of operator new, belong to the name.
        if end < characters.count, characters[end] == " " { break }
        index = end
        continue
      }
      switch characters[index] {
      case "(" where depth == 0 && !isAnonymousNamespace(characters, at: index):
        let isName = start < index
        return isName ? text(characters[start...]) : name
      case "(", "<", "[", "{": depth += 1
      case ">" where index > 0 && characters[index - 1] == "-": break
      case ")", ">", "]", "}": depth -= 1
      case " " where depth == 0: start = index + 1
      default: break
      }
      index += 1
    }
    return index < characters.count ? text(characters[start...]) : name
  }

  /// The name without the type that Swift states behind a function's parameters or a property's name,
  /// and without effects: `shop.load(Int)` of `shop.load(Int) async throws -> Shop`. What a closure is
  /// in stays.
  static func withoutResult(_ name: String) -> String {
    let marks = [" -> ", " : "].map { Array($0.unicodeScalars) }
    guard name.contains(" -> ") || name.contains(" : ") else { return name }
    let characters = Array(name.unicodeScalars)
    var result: Int?
    var index = 0
    while index < characters.count {
      if let end = operatorEnd(in: characters, at: index) {
        index = end
        continue
      }
      switch characters[index] {
      case "(", "<", "[", "{":
        index = closing(of: characters, openedAt: index) + 1
        continue
      case " " where marks.contains { characters[index...].starts(with: $0) }:
        result = result ?? index
      case " " where characters[index...].starts(with: " in ".unicodeScalars): result = nil
      default: break
      }
      index += 1
    }
    guard let result, result > 0 else { return name }
    var rest = text(characters[..<result])
    for effect in [" throws", " async"] where rest.hasSuffix(effect) {
      rest.removeLast(effect.count)
    }
    return rest
  }

  /// The name without return type, parameters and what follows these: `a::b` of `int a::b(int)`.
  static func withoutParameters(_ name: String) -> String {
    guard name.contains("(") else { return name }
    let characters = Array(withoutReturnType(name).unicodeScalars)
    var depth = 0
    var index = 0
    while index < characters.count {
      if let end = operatorEnd(in: characters, at: index) {
        index = end
        continue
      }
      switch characters[index] {
      case "(" where depth == 0 && index > 0 && !isAnonymousNamespace(characters, at: index):
        return text(characters[..<index])
      case "(", "<", "[", "{": depth += 1
      case ">" where index > 0 && characters[index - 1] == "-": break
      case ")", ">", "]", "}": depth -= 1
      default: break
      }
      index += 1
    }
    return text(characters[...])
  }

  /// The name by which a function is known whatever its types are: without return type, parameters,
  /// template arguments and ABI tags. Debug information and symbol tables spell these differently.
  static func plain(_ name: String) -> String {
    let name = withoutParameters(name)
    guard name.contains("<") || name.contains("[abi:") else { return name }
    var plain = collapsed(name, keepingTemplateDepth: 0)
    while let tag = plain.firstRange(of: "[abi:"),
      let end = plain[tag.upperBound...].firstIndex(of: "]")
    {
      plain.removeSubrange(tag.lowerBound...end)
    }
    return plain
  }

  /// The name with the contents of parameter lists, and of template argument lists nested deeper
  /// than `keptDepth`, replaced by an ellipsis.
  static func collapsed(_ name: String, keepingTemplateDepth keptDepth: Int) -> String {
    let name = Array(name.unicodeScalars)
    var result = String.UnicodeScalarView()
    var templateDepth = 0
    var index = 0
    while index < name.count {
      if let symbolEnd = operatorEnd(in: name, at: index) {
        result += name[index..<symbolEnd]
        index = symbolEnd
        continue
      }
      let character = name[index]
      switch character {
      case "(":
        let end = closing(of: name, openedAt: index)
        let contents = name[(index + 1)..<max(index + 1, end)]
        if let word = privateName(contents) {
          result += word
        } else if contents.isEmpty || isAnonymousNamespace(name, at: index) {
          result.append("(")
          result += contents
          if end < name.count { result.append(")") }
        } else {
          result += "(…)".unicodeScalars
        }
        index = end + 1
        continue
      case "<":
        templateDepth += 1
        if templateDepth > keptDepth {
          let end = closing(of: name, openedAt: index)
          result += "<…>".unicodeScalars
          templateDepth -= 1
          index = end + 1
          continue
        }
      case ">" where templateDepth > 0: templateDepth -= 1
      default: break
      }
      result.append(character)
      index += 1
    }
    return String(result)
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view += scalars
    return String(view)
  }

  /// The index after an operator's name that starts at `index`, or nil if none does.
  private static func operatorEnd(in name: [Unicode.Scalar], at index: Int) -> Int? {
    let keyword = "operator".unicodeScalars
    guard name[index] == "o", name[index...].starts(with: keyword),
      index == 0 || !isIdentifier(name[index - 1])
    else { return nil }
    var end = index + keyword.count
    guard end < name.count, !isIdentifier(name[end]) else { return nil }
    if name[end...].starts(with: "()".unicodeScalars) { return end + 2 }
    while end < name.count, "<>=-!+*/%^&|~,[]".unicodeScalars.contains(name[end]) { end += 1 }
    return end
  }

  /// The name of a private Swift declaration, which is spelled with its file's discriminator:
  /// `(name in _5A1B)`.
  private static func privateName(
    _ contents: ArraySlice<Unicode.Scalar>
  ) -> ArraySlice<Unicode.Scalar>? {
    let words = contents.split(separator: " ")
    guard words.count == 3, words[1].elementsEqual("in".unicodeScalars), words[2].first == "_"
    else { return nil }
    return words[0]
  }

  private static func isAnonymousNamespace(_ name: [Unicode.Scalar], at index: Int) -> Bool {
    name[index...].starts(with: "(anonymous namespace)".unicodeScalars)
  }

  /// The index of the bracket that closes the one at `start`, or the end of an unbalanced name.
  static func closing(of name: [Unicode.Scalar], openedAt start: Int) -> Int {
    var depth = 0
    var index = start
    while index < name.count {
      if let end = operatorEnd(in: name, at: index) {
        index = end
        continue
      }
      switch name[index] {
      case "(", "<", "[", "{": depth += 1
      // The arrow of a Swift or Rust return type closes nothing.
      case ">" where index > 0 && name[index - 1] == "-": break
      case ")", ">", "]", "}":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
      index += 1
    }
    return name.count
  }

  private static func isIdentifier(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default:
      !scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    }
  }
}
