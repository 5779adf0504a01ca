// Shorter C++ names. `std::vector<std::__cxx11::basic_string<char, std::char_traits<char>,
// std::allocator<char> >, std::allocator<…> >` is what the compiler sees; people wrote
// `std::vector<std::string>`. Only what the standard library's own declarations supply by default
// is left out, so that two functions of a program never get one name for that reason.
//
// And shorter Swift names: the compiler cuts an async function in parts, one for each `await`. In the
// source they are one function.

/// Folds the standard library's default template arguments and inline namespaces, and the parts of
/// async functions.
public enum NameSimplifier {
  /// Deeper nesting is left as it is.
  private static let depthMax = 128

  /// The name as a person would write it; other names come back unchanged. O(length × nesting).
  public static func simplify(_ name: String) -> String {
    var flat = name.hasBytes(of: "[abi:") ? withoutABITags(name) : name
    guard flat.hasBytes(of: "std::") else { return withoutPart(flat) }
    for namespace in inlineNamespaces where flat.hasBytes(of: namespace) {
      flat = flat.replacing("::" + namespace, with: "::")
    }
    var parser = Parser(bytes: Array(flat.utf8))
    return String(decoding: parser.sequence(depth: 0), as: UTF8.self)
  }

  /// Namespaces of libstdc++ and libc++ that nobody writes.
  private static let inlineNamespaces = ["__cxx11::", "_V2::", "__1::", "__ndk1::"]

  /// What Swift's demangler puts before the function that a part belongs to, with a number.
  private static let parts = [
    " await resume partial function for ", " suspend resume partial function for ",
  ]

  /// `(2) await resume partial function for main.load() async -> ()` is a part of `load`.
  private static func withoutPart(_ name: String) -> String {
    var rest = name[...]
    while rest.first == "(", let end = rest.firstIndex(of: ")"),
      rest[rest.index(after: rest.startIndex)..<end].allSatisfy(\.isWholeNumber),
      let part = parts.first(where: { rest[rest.index(after: end)...].hasPrefix($0) })
    {
      rest = rest[rest.index(after: end)...].dropFirst(part.count)
    }
    return rest.isEmpty ? name : String(rest)
  }

  /// `to_string[abi:cxx11](int)` is `to_string(int)` in the source.
  private static func withoutABITags(_ name: String) -> String {
    var result = ""
    var rest = name[...]
    while let tag = rest.firstRange(of: "[abi:"),
      let end = rest[tag.upperBound...].firstIndex(of: "]")
    {
      result += rest[..<tag.lowerBound]
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private struct Parser {
    let bytes: [UInt8]
    var offset = 0

    /// Text up to the end of the argument list it stands in (or of the name), simplified.
    mutating func sequence(depth: Int) -> [UInt8] {
      var output: [UInt8] = []
      var parentheses = 0
      while offset < bytes.count {
        let byte = bytes[offset]
        if byte == UInt8(ascii: "<"), opensList(after: output), depth < depthMax {
          offset += 1
          finish(&output, list(depth: depth + 1))
          continue
        }
        if parentheses == 0, depth > 0,
          byte == UInt8(ascii: ">") || byte == UInt8(ascii: ","), !isArrow
        {
          return output
        }
        if "([{".utf8.contains(byte) { parentheses += 1 }
        if ")]}".utf8.contains(byte) { parentheses -= 1 }
        output.append(byte)
        offset += 1
      }
      return output
    }

    /// The arguments behind a `<`, up to and with the `>`.
    private mutating func list(depth: Int) -> [[UInt8]] {
      var arguments: [[UInt8]] = []
      while true {
        arguments.append(NameSimplifier.trimmed(sequence(depth: depth)))
        guard offset < bytes.count else { return arguments }
        let isEnd = bytes[offset] == UInt8(ascii: ">")
        offset += 1
        if isEnd { return arguments }
      }
    }

    /// `->` in a trailing return type or in `operator->`.
    private var isArrow: Bool {
      bytes[offset] == UInt8(ascii: ">") && offset > 0 && bytes[offset - 1] == UInt8(ascii: "-")
    }

    /// Whether a `<` opens arguments: not in `operator<`, not in a lambda's `<lambda()>`.
    private func opensList(after output: [UInt8]) -> Bool {
      guard let last = output.last else { return false }
      let isName =
        last == UInt8(ascii: "_") || last == UInt8(ascii: "]")
        || (last | 0x20 >= UInt8(ascii: "a") && last | 0x20 <= UInt8(ascii: "z"))
        || (last >= UInt8(ascii: "0") && last <= UInt8(ascii: "9"))
      return isName && !output.hasSuffix("operator")
    }

    private func finish(_ output: inout [UInt8], _ arguments: [[UInt8]]) {
      let nameStart = (output.lastIndex { !NameSimplifier.isNamePart($0) } ?? -1) + 1
      let template = String(decoding: output[nameStart...], as: UTF8.self)
      let kept = NameSimplifier.withoutDefaults(template, arguments)
      if template == "std::basic_string" || template == "std::basic_string_view",
        kept.count == 1, kept[0] == Array("char".utf8)
      {
        output.removeLast("basic_string".utf8.count + (template.hasSuffix("view") ? 5 : 0))
        output += Array((template.hasSuffix("view") ? "string_view" : "string").utf8)
        return
      }
      output.append(UInt8(ascii: "<"))
      for (index, argument) in kept.enumerated() {
        if index > 0 { output += Array(", ".utf8) }
        output += argument
      }
      output.append(UInt8(ascii: ">"))
    }
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
      || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    var slice = bytes[...]
    while slice.first == UInt8(ascii: " ") { slice = slice.dropFirst() }
    while slice.last == UInt8(ascii: " ") { slice = slice.dropLast() }
    return Array(slice)
  }

  /// Drops trailing arguments that are the template's defaults.
  private static func withoutDefaults(_ template: String, _ arguments: [[UInt8]]) -> [[UInt8]] {
    guard let defaults = defaults[template], let first = arguments.first else { return arguments }
    var arguments = arguments
    let value = arguments.count > 1 ? arguments[1] : []
    while arguments.count > defaults.required {
      let index = arguments.count - 1 - defaults.required
      guard index < defaults.patterns.count else { break }
      guard arguments[arguments.count - 1] == expand(defaults.patterns[index], first, value)
      else { break }
      arguments.removeLast()
    }
    return arguments
  }

  /// Puts the arguments in the places of K and V, which occur in no name of the patterns.
  private static func expand(_ pattern: String, _ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
    pattern.utf8.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "K"): key
      case UInt8(ascii: "V"): value
      default: [byte]
      }
    }
  }

  private struct Defaults {
    /// Number of arguments that have no default.
    let required: Int
    /// The defaults behind them; K and V stand for the first and the second argument.
    let patterns: [String]
  }

  private static let defaults: [String: Defaults] = {
    var table: [String: Defaults] = [:]
    for name in ["vector", "deque", "list", "forward_list"] {
      table["std::" + name] = Defaults(required: 1, patterns: ["std::allocator<K>"])
    }
    for name in ["set", "multiset"] {
      table["std::" + name] = Defaults(
        required: 1, patterns: ["std::less<K>", "std::allocator<K>"])
    }
    for name in ["map", "multimap"] {
      table["std::" + name] = Defaults(
        required: 2, patterns: ["std::less<K>", "std::allocator<std::pair<K const, V>>"])
    }
    for name in ["unordered_set", "unordered_multiset"] {
      table["std::" + name] = Defaults(
        required: 1, patterns: ["std::hash<K>", "std::equal_to<K>", "std::allocator<K>"])
    }
    for name in ["unordered_map", "unordered_multimap"] {
      table["std::" + name] = Defaults(
        required: 2,
        patterns: [
          "std::hash<K>", "std::equal_to<K>", "std::allocator<std::pair<K const, V>>",
        ])
    }
    for name in ["basic_string", "basic_ostringstream", "basic_stringstream", "basic_stringbuf"] {
      table["std::" + name] = Defaults(
        required: 1, patterns: ["std::char_traits<K>", "std::allocator<K>"])
    }
    for name in ["basic_string_view", "basic_ostream", "basic_istream", "basic_filebuf"] {
      table["std::" + name] = Defaults(required: 1, patterns: ["std::char_traits<K>"])
    }
    table["std::unique_ptr"] = Defaults(required: 1, patterns: ["std::default_delete<K>"])
    return table
  }()
}

extension [UInt8] {
  fileprivate func hasSuffix(_ text: String) -> Bool {
    count >= text.utf8.count && suffix(text.utf8.count).elementsEqual(text.utf8)
  }
}
