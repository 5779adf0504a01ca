/// Fits a function's name into a number of columns, giving up what says least first.
///
/// The order: parameter lists, nested template arguments, all template arguments, then the
/// beginning of the name; the last component is what a reader knows the function by. Only text
/// reports shorten; JSON and folded stacks carry whole names.
struct NameShortener {
  /// The columns a shortened name may take; at least `minimumColumns`.
  let columns: Int

  /// Below this a shortened name would say nothing.
  static let minimumColumns = 12

  init(columns: Int) { self.columns = max(columns, Self.minimumColumns) }

  /// The name itself if it fits, else a shorter one that does.
  func shortened(_ name: String) -> String {
    if SafeText.columns(name) <= columns { return name }
    let characters = Array(name)
    for keptDepth in [Int.max, 2, 1, 0] {
      let candidate = Self.collapsed(characters, keepingTemplateDepth: keptDepth)
      if SafeText.columns(candidate) <= columns { return candidate }
    }
    return tail(of: Self.collapsed(characters, keepingTemplateDepth: 0))
  }

  /// The name with the contents of parameter lists, and of template argument lists nested deeper
  /// than `keptDepth`, replaced by an ellipsis.
  ///
  /// `operator<`, `operator->`, `operator()` and `(anonymous namespace)` are names, not brackets.
  static func collapsed(_ name: [Character], keepingTemplateDepth keptDepth: Int) -> String {
    var result = ""
    var templateDepth = 0
    var index = 0
    while index < name.count {
      if let symbolEnd = operatorEnd(in: name, at: index) {
        result += String(name[index..<symbolEnd])
        index = symbolEnd
        continue
      }
      let character = name[index]
      switch character {
      case "(":
        let end = closing(of: name, openedAt: index)
        let contents = name[(index + 1)..<max(index + 1, end)]
        if contents.isEmpty || contents.elementsEqual("anonymous namespace") {
          result += "(" + String(contents) + (end < name.count ? ")" : "")
        } else {
          result += "(…)"
        }
        index = end + 1
        continue
      case "<":
        templateDepth += 1
        if templateDepth > keptDepth {
          let end = closing(of: name, openedAt: index)
          result += "<…>"
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
    return result
  }

  /// The index after an operator's name that starts at `index`, or nil if none does.
  private static func operatorEnd(in name: [Character], at index: Int) -> Int? {
    let keyword = "operator"
    guard name[index] == "o", name[index...].starts(with: keyword),
      index == 0 || !isIdentifier(name[index - 1])
    else { return nil }
    var end = index + keyword.count
    guard end < name.count, !isIdentifier(name[end]) else { return nil }
    if name[end...].starts(with: "()") { return end + 2 }
    while end < name.count, "<>=-!+*/%^&|~,[]".contains(name[end]) { end += 1 }
    return end
  }

  /// The index of the bracket that closes the one at `start`, or the end of an unbalanced name.
  private static func closing(of name: [Character], openedAt start: Int) -> Int {
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

  private static func isIdentifier(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  private func tail(of name: String) -> String {
    var kept: [Character] = []
    var used = 1
    for character in name.reversed() {
      let width = SafeText.columns(String(character))
      if used + width > columns { break }
      used += width
      kept.append(character)
    }
    return "…" + String(kept.reversed())
  }
}
