import Symbolization

/// Fits a function's name into a number of columns, giving up what says least first.
///
/// What `NameSimplifier` leaves out nobody misses. Then go, in this order: parameter lists, the
/// return type, nested template arguments, all of them, the beginning of the name; the last
/// component is what a reader knows the function by. Only text reports shorten; JSON and folded
/// stacks carry whole names.
struct NameShortener {
  /// The columns a shortened name may take; at least `minimumColumns`.
  let columns: Int

  /// Below this a shortened name would say nothing.
  static let minimumColumns = 12

  init(columns: Int) { self.columns = max(columns, Self.minimumColumns) }

  /// The simplified name if it fits, else a shorter one that does.
  func shortened(_ name: String) -> String {
    let name = NameSimplifier.simplify(name)
    if SafeText.columns(name) <= columns { return name }
    let whole = FunctionName.collapsed(name, keepingTemplateDepth: .max)
    if SafeText.columns(whole) <= columns { return whole }
    let bare = FunctionName.withoutReturnType(name)
    for keptDepth in [Int.max, 2, 1] {
      let candidate = FunctionName.collapsed(bare, keepingTemplateDepth: keptDepth)
      if SafeText.columns(candidate) <= columns { return candidate }
    }
    let shortest = FunctionName.collapsed(bare, keepingTemplateDepth: 0)
    return SafeText.columns(shortest) <= columns ? shortest : tail(of: shortest)
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
