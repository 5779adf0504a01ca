import Aggregation
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
    query.choice = choice
    query.sizes = sizes
    query.shortLifeNanoseconds = shortLifeNanoseconds
    query.threads = try threadIDs(in: trace)
    query.stacks = try stacks(names)
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

  /// By number of the recorded stack: whether its frames are those wanted.
  private func stacks(_ names: PresentedStacks) throws(FilterError) -> [Bool]? {
    var masks: [(mask: [Bool], isWanted: Bool)] = []
    if !functions.isEmpty {
      let mask = names.stacks(where: { matches(functions, Self.matchesFunction, $0) })
      guard let mask else { throw FilterError(.noFunction(functions.joined(separator: ", "))) }
      masks.append((mask, true))
    }
    if !modules.isEmpty {
      let mask = names.stacks(where: { matches(modules, Self.matchesModule, $0) })
      guard let mask else { throw FilterError(.noModule(modules.joined(separator: ", "))) }
      masks.append((mask, true))
    }
    let mask = names.stacks(where: {
      matches(excluded, Self.matchesFunction, $0) || matches(excluded, Self.matchesModule, $0)
    })
    if let mask { masks.append((mask, false)) }
    guard let first = masks.first else { return nil }
    return first.mask.indices.map { stack in
      masks.allSatisfy { $0.mask[stack] == $0.isWanted }
    }
  }

  private func matches(
    _ patterns: [String], _ matches: (String, PresentedStacks.Function) -> Bool,
    _ function: PresentedStacks.Function
  ) -> Bool {
    patterns.contains { matches($0, function) }
  }

  /// A function goes by its whole name, and by its name without return type and parameters.
  private static func matchesFunction(
    _ pattern: String, _ function: PresentedStacks.Function
  ) -> Bool {
    FramePattern(pattern).matches(function.name)
      || FramePattern(pattern).matches(FunctionName.withoutParameters(function.name))
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
