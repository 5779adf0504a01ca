import Aggregation
import Symbolization
import TraceFormat

extension HeapFilter {
  /// The filter as a query about a trace whose stacks are presented as `names`; all but
  /// `minimumBytes`, which only an answer can tell. `window` is its window if it is not one of this
  /// trace's own time.
  ///
  /// - Throws: `FilterError` if it names what is not in the trace.
  public func query(
    in trace: HeapTrace, _ names: PresentedStacks, window: Range<UInt64>? = nil
  ) throws(FilterError) -> HeapQuery {
    var query = HeapQuery()
    if let window {
      query.window = window
    } else {
      query.window = try self.window.resolved(in: trace.times)
    }
    query.space = space
    query.choice = choice
    query.sizes = sizes
    query.shortLifeNanoseconds = shortLifeNanoseconds
    query.threads = try threadIDs(in: trace)
    query.stacks = try stacks(names, isWhole: window == nil)
    return query
  }

  private func threadIDs(in trace: HeapTrace) throws(FilterError) -> Set<ThreadID>? {
    if threads.isEmpty { return nil }
    var found: Set<ThreadID> = []
    for pattern in threads {
      let matching = trace.threads.filter {
        UInt32(pattern) == $0.id.rawValue || FramePattern(pattern).matches($0.name)
      }
      guard !matching.isEmpty else {
        let known = trace.threads.map { "\($0.id.rawValue) \($0.name)" }
        throw FilterError(.noThread(pattern, known: known))
      }
      found.formUnion(matching.map(\.id))
    }
    return found
  }

  /// By number of the recorded stack: whether its frames are those wanted. In one of several traces
  /// there may be nothing of what is to be left out.
  private func stacks(
    _ names: PresentedStacks, isWhole: Bool
  ) throws(FilterError) -> [Bool]? {
    var masks: [(mask: [Bool], isWanted: Bool)] = []
    if !functions.isEmpty {
      guard let mask = names.stacks(where: { matches(functions, Self.matchesFunction, $0) }) else {
        throw FilterError(
          .noFunction(
            functions.joined(separator: ", "),
            similar: names.similarNames(to: functions, \.name, Self.matchesFunction)))
      }
      masks.append((mask, true))
    }
    if !modules.isEmpty {
      guard let mask = names.stacks(where: { matches(modules, Self.matchesModule, $0) }) else {
        throw FilterError(
          .noModule(
            modules.joined(separator: ", "),
            similar: names.similarNames(to: modules, \.modulePath, Self.matchesModule)))
      }
      masks.append((mask, true))
    }
    if !excluded.isEmpty {
      if let mask = names.stacks(where: { Self.isExcluded($0, by: excluded) }) {
        masks.append((mask, false))
      } else if isWhole {
        throw FilterError(.noneExcluded(excluded.joined(separator: ", ")))
      }
    }
    guard let first = masks.first else { return nil }
    return first.mask.indices.map { stack in
      masks.allSatisfy { $0.mask[stack] == $0.isWanted }
    }
  }

  /// Says which patterns fit nothing on the stacks that reports show.
  public func unmatched(in names: PresentedStacks) -> [Notice] {
    unmatchedPatterns(in: names).map { option, pattern in
      let kind = option == "--module" ? "module" : "function"
      return Notice(
        severity: .warning, kind: .patternUnmatched,
        message: "\(option) \(pattern) fits no \(kind) on any stack (* matches any text).")
    }
  }

  /// Those patterns, each with its option.
  private func unmatchedPatterns(in names: PresentedStacks) -> [(option: String, pattern: String)] {
    let shown = names.shownFunctions
    func unmatched(
      _ option: String, _ patterns: [String],
      _ matches: (String, PresentedStacks.Function) -> Bool
    ) -> [(option: String, pattern: String)] {
      patterns.filter { pattern in !shown.contains { matches(pattern, $0) } }
        .map { (option, $0) }
    }
    return unmatched("--function", functions, Self.matchesFunction)
      + unmatched("--module", modules, Self.matchesModule)
      + unmatched("--exclude", excluded) { Self.isExcluded($1, by: [$0]) }
  }

  private static func isExcluded(
    _ function: PresentedStacks.Function, by patterns: [String]
  ) -> Bool {
    patterns.contains { matchesFunction($0, function) || matchesModule($0, function) }
  }

  private func matches(
    _ patterns: [String], _ matches: (String, PresentedStacks.Function) -> Bool,
    _ function: PresentedStacks.Function
  ) -> Bool {
    patterns.contains { matches($0, function) }
  }

  /// A function goes by its whole name, as the compiler has it and as people write it, and by either
  /// without return type and parameters.
  static func matchesFunction(
    _ pattern: String, _ function: PresentedStacks.Function
  ) -> Bool {
    let pattern = FramePattern(pattern)
    return [function.name, NameSimplifier.simplify(function.name)].contains {
      pattern.matches($0) || pattern.matches(FunctionName.withoutParameters($0))
    }
  }

  /// A module goes by its path and by its base name.
  private static func matchesModule(
    _ pattern: String, _ function: PresentedStacks.Function
  ) -> Bool {
    guard let path = function.modulePath else { return false }
    return FramePattern(pattern).matches(path)
      || FramePattern(pattern).matches(PresentedFrame.baseName(path))
  }
}

extension PresentedStacks {
  /// The functions of the frames that reports show.
  fileprivate var shownFunctions: [Function] {
    Set(nodes.dropFirst().map(\.function)).sorted().map { functions[Int($0)].function }
  }

  /// Names that would fit if any text could stand around one of the patterns.
  func similarNames(
    to patterns: [String], _ name: (Function) -> String?, _ matches: (String, Function) -> Bool
  ) -> [String] {
    var seen: Set<String> = []
    return shownFunctions.filter { function in
      patterns.contains { matches("*\($0)*", function) }
    }.compactMap(name).filter { seen.insert($0).inserted }
  }

  /// By number of the recorded stack: whether one of the frames that reports show is of a function
  /// that fits; `nil` if there is no such stack.
  fileprivate func stacks(where fits: (Function) -> Bool) -> [Bool]? {
    let isWanted = functions.map { fits($0.function) }
    var nodes = [Bool](repeating: false, count: self.nodes.count)
    for (index, node) in self.nodes.enumerated().dropFirst() {
      nodes[index] = nodes[Int(node.parent)] || isWanted[Int(node.function)]
    }
    let stacks = nodeOfRecorded.map { nodes[Int($0)] }
    return stacks.contains(true) ? stacks : nil
  }
}
