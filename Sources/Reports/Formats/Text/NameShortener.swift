import Symbolization

/// Fits a function's name into a number of columns, giving up what says least first.
///
/// What `NameSimplifier` leaves out nobody misses. Then go, in this order: parameter lists, the
/// return type, wherever the language states it, nested template arguments, all of them, the
/// beginning of the name; the last component is what a reader knows the function by. The type that a
/// Rust method belongs to stays as long as there is room for it:
/// `<shop::store::Index<u8>>::load::<Socket>` becomes `Index<…>::load`. Only text reports shorten;
/// JSON and folded stacks carry whole names.
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
    let bare = FunctionName.withoutReturnType(FunctionName.withoutResult(name))
    for keptDepth in [Int.max, 2, 1] {
      let candidate = FunctionName.collapsed(bare, keepingTemplateDepth: keptDepth)
      if SafeText.columns(candidate) <= columns { return candidate }
    }
    if let methods = RustMethodName(bare) {
      let candidates = methods.shortened
      return candidates.first { SafeText.columns($0) <= columns }
        ?? tail(of: candidates.last ?? name)
    }
    let shortest = FunctionName.collapsed(bare, keepingTemplateDepth: 0)
    return SafeText.columns(shortest) <= columns ? shortest : tail(of: shortest)
  }

  /// The beginning of a text that is no name, if all of it does not fit.
  static func cut(_ text: String, to columns: Int) -> String {
    guard SafeText.columns(text) > columns else { return text }
    var kept = ""
    var used = 1
    for character in text {
      used += SafeText.columns(String(character))
      if used > columns { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// The end of a name; of a function without one, both the module's beginning and the offset.
  private func tail(of name: String) -> String {
    if let offset = name.ranges(of: "+0x").last {
      let end = name[offset.lowerBound...]
      if columns - end.count >= 4 {
        return Self.cut(String(name[..<offset.lowerBound]), to: columns - end.count) + end
      }
    }
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
