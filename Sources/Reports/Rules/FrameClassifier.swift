import Symbolization

/// Applies rules to many frames: remembers which rules can match in which module.
struct FrameClassifier {
  private let rules: [FrameRule]
  /// By module, the rules that can match there, the last one first.
  private var rulesOfModule: [String?: [FrameRule]] = [:]

  /// `isInterpreted`: whether the stacks have frames of interpreted code.
  init(_ rules: FrameRules, isInterpreted: Bool = false) {
    self.rules = rules.rules.reversed().filter { isInterpreted || !$0.isForInterpretedCode }
  }

  /// What to do with a frame; its module goes by its path or its base name.
  ///
  /// A pattern is compared with the function's whole name and with its simplified name, the
  /// latter with and without the return type. Complexity: linear in the rules.
  mutating func action(function: String, module: String?) -> FrameAction {
    rule(for: function, module: module)?.action ?? .show
  }

  /// Whether any rule is for a function.
  mutating func matchesAny(function: String, module: String?) -> Bool {
    rule(for: function, module: module) != nil
  }

  private mutating func rule(for function: String, module: String?) -> FrameRule? {
    let candidates = candidates(module: module)
    guard !candidates.isEmpty else { return nil }
    let names = Self.names(of: function)
    return candidates.first { rule in names.contains { rule.function.matches($0) } }
  }

  private mutating func candidates(module: String?) -> [FrameRule] {
    if let known = rulesOfModule[module] { return known }
    let found = rules.filter { $0.applies(toModule: module) }
    rulesOfModule[module] = found
    return found
  }

  private static func names(of function: String) -> [[UInt8]] {
    let simple = NameSimplifier.simplify(function)
    let bare = FunctionName.withoutReturnType(simple)
    var names = [Array(function.utf8)]
    for name in [simple, bare].map({ Array($0.utf8) }) where !names.contains(name) {
      names.append(name)
    }
    return names
  }
}
