import HeapModel
import TraceFormat

/// Puts a profile together from the answer to a query.
struct QueryProfileBuilder {
  private let trace: HeapTrace
  private let query: HeapQuery
  private let answer: BlockQueryResult
  private let base: ProfileBuilder

  init(
    _ trace: HeapTrace, _ query: HeapQuery, _ answer: BlockQueryResult, _ base: ProfileBuilder
  ) {
    self.trace = trace
    self.query = query
    self.answer = answer
    self.base = base
  }

  func build() -> HeapProfile {
    let rows = rows()
    let hasStacks =
      switch query.grouping {
      case .stack, .groups: true
      case .thread, .size: false
      }
    return base.build(
      totals: totals(), stacks: trace.stacks,
      costs: hasStacks ? rows.map(\.cost).sorted { $0.stack < $1.stack } : [],
      threads: threads(), timeline: timeline(),
      selection: HeapSelection(
        query: query, window: query.window.clamped(to: 0..<max(1, base.duration)),
        runAllocations: base.totals([]).allocations, rows: rows,
        stacks: Set(answer.nodes.map { trace.stackOfNode[$0] ?? .root }).sorted(),
        ownPeaks: answer.ownPeaks,
        cutStacks: base.cutStacks(of: trace, query), sizes: HeapHistogram(answer.sizes),
        lifetimes: HeapHistogram(answer.lifetimes)))
  }

  private func rows() -> [HeapSelection.Row] {
    var representatives: [UInt64: StackID] = [:]
    if case .groups(let groups) = query.grouping {
      for (stack, group) in groups.enumerated() where representatives[UInt64(group)] == nil {
        representatives[UInt64(group)] = StackID(rawValue: UInt32(stack))
      }
    }
    return answer.rows.filter { $0.costs.allocations > 0 }
      .map { group, costs in
        let stack: StackID =
          switch query.grouping {
          case .stack: StackID(rawValue: UInt32(truncatingIfNeeded: group))
          case .groups: representatives[group] ?? .root
          case .thread, .size: .root
          }
        return HeapSelection.Row(group: group, cost: StackCost(stack: stack, costs))
      }
      .sorted { $0.group < $1.group }
  }

  private func totals() -> HeapTotals {
    var totals = base.totals([])
    totals.costs = answer.total
    totals.peakTimeNanoseconds = answer.peakTimeNanoseconds
    totals.reallocations = totals.movedAllocations + totals.resizedAllocations
    // Every block is counted, but not the ends of blocks that nothing is known of.
    if query.countsAll {
      totals.frees += totals.unknownFrees
    } else {
      totals.unknownFrees = 0
      totals.inheritedFrees = 0
      totals.pausedFrees = 0
    }
    return totals
  }

  private func threads() -> [ThreadProfile] {
    let costs = Dictionary(
      answer.threads.map { ($0.number, $0.costs) }, uniquingKeysWith: +)
    return base.threads().map { thread in
      var thread = thread
      let frees = thread.frees
      thread.costs = costs[thread.id.rawValue] ?? Costs()
      if query.countsAll { thread.frees = frees }
      return thread
    }
  }

  private func timeline() -> [TimelinePoint] {
    switch query.choice {
    case .allocated, .present:
      TimelinePoint.points(
        answer.timeline, from: query.window.lowerBound,
        until: min(query.window.upperBound, base.duration))
    case .live, .retained, .freed: []
    }
  }
}

extension HeapHistogram {
  fileprivate init(_ histogram: BlockHistogram) {
    self.init(
      histogram.bars.enumerated().map { number, bar in
        Bar(
          values: Self.values(ofClass: number), blocks: bar.blocks, bytes: bar.bytes,
          liveBlocks: bar.liveBlocks, liveBytes: bar.liveBytes)
      })
  }
}
