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
    let costs = answer.total
    totals.allocations = costs.allocations
    totals.frees = costs.frees
    totals.allocatedBytes = costs.allocatedBytes
    totals.peakBytes = costs.peakBytes
    totals.peakAllocations = costs.peakBlocks
    totals.peakTimeNanoseconds = answer.peakTimeNanoseconds
    totals.leakedAllocations = costs.leakedBlocks
    totals.leakedBytes = costs.leakedBytes
    totals.temporaryAllocations = costs.temporaries
    totals.reallocations = costs.moved + costs.resizedInPlace
    totals.supersededBlocks = costs.superseded
    // Every block is counted, but not the ends of blocks that nothing is known of.
    if query.countsAll {
      totals.frees += totals.unknownFrees
    } else {
      totals.unknownFrees = 0
      totals.inheritedFrees = 0
    }
    totals.liveAllocations = costs.liveBlocks
    totals.liveBytes = costs.liveBytes
    totals.shortLivedAllocations = costs.shortLived
    totals.movedAllocations = costs.moved
    totals.resizedAllocations = costs.resizedInPlace
    totals.wastedBytes = costs.wastedBytes
    totals.copiedBytes = costs.copiedBytes
    return totals
  }

  private func threads() -> [ThreadProfile] {
    let costs = Dictionary(
      answer.threads.map { ($0.number, $0.costs) }, uniquingKeysWith: { first, _ in first })
    return base.threads().map { thread in
      let cost = costs[thread.id.rawValue] ?? BlockCosts()
      var thread = thread
      thread.allocations = cost.allocations
      thread.allocatedBytes = cost.allocatedBytes
      if !query.countsAll { thread.frees = cost.frees }
      thread.temporaryAllocations = cost.temporaries
      thread.leakedAllocations = cost.leakedBlocks
      thread.leakedBytes = cost.leakedBytes
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

extension StackCost {
  fileprivate init(stack: StackID, _ costs: BlockCosts) {
    self.init(stack: stack)
    allocations = costs.allocations
    allocatedBytes = costs.allocatedBytes
    temporaryAllocations = costs.temporaries
    peakAllocations = costs.peakBlocks
    peakBytes = costs.peakBytes
    leakedAllocations = costs.leakedBlocks
    leakedBytes = costs.leakedBytes
    liveAllocations = costs.liveBlocks
    liveBytes = costs.liveBytes
    sizes = costs.sizes
    liveSizes = costs.liveSizes
    leakedSizes = costs.leakedSizes
    ownPeakAllocations = costs.ownPeakBlocks
    ownPeakBytes = costs.ownPeakBytes
    shortLivedAllocations = costs.shortLived
    movedAllocations = costs.moved
    resizedAllocations = costs.resizedInPlace
    wastedBytes = costs.wastedBytes
    copiedBytes = costs.copiedBytes
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
