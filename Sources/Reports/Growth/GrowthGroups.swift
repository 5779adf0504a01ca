import Aggregation
import TraceFormat

/// Which stacks of a trace are followed over time, and as which groups.
///
/// Only so many groups are followed by themselves that memory stays bounded: those that had most
/// live at the peak or at the end, or that allocated most. The others are followed by function.
public struct GrowthGroups: Sendable {
  /// What a group is.
  public enum Grouping: String, Sendable, CaseIterable {
    /// Stacks that differ only in how a recursion winds are one (`RecursionWindings`).
    case stack
    /// The stack's first function that belongs to no runtime.
    case function
  }

  private static let mostGroups = 4096

  private let grouping: Grouping

  /// Of each group its stacks, the largest first.
  private let members: [[PresentedStack]]
  /// By group, the most blocks of it that are a runtime's cache; 0 for most.
  private let cachedBlocks: [Int]
  /// By the recorded stack's number.
  public let groupOfStack: [UInt32?]
  public var count: Int { members.count }

  /// Chooses the groups of a trace.
  public init(_ trace: AnalyzedTrace, by grouping: Grouping) {
    self.grouping = grouping
    var keys: [String: Int] = [:]
    var windings = RecursionWindings(trace.stacks)
    var groupOfWinding: [UInt32: Int] = [:]
    var groups: [[PresentedStack]] = []
    for stack in trace.stacks.stacks {
      switch grouping {
      case .stack:
        let winding = windings.number(of: stack)
        if let index = groupOfWinding[winding] {
          groups[index].append(stack)
        } else {
          groupOfWinding[winding] = groups.count
          groups.append([stack])
        }
      case .function:
        let frames = trace.stacks.frames(of: stack)
        let frame = frames.first { !$0.isLibrary } ?? frames.first
        let key = "\(frame?.function ?? "")\u{0}\(frame?.modulePath ?? "")"
        if let index = keys[key] {
          groups[index].append(stack)
        } else {
          keys[key] = groups.count
          groups.append([stack])
        }
      }
    }
    let ranked =
      groups.map { $0.sorted { (Self.size($0), $1.id) > (Self.size($1), $0.id) } }
      .sorted { (Self.size($0), $1[0].id) > (Self.size($1), $0[0].id) }
    members = Self.bounded(ranked, trace.stacks)
    var groupOfPresented: [PresentedStack.ID: UInt32] = [:]
    for (index, stacks) in members.enumerated() {
      for stack in stacks { groupOfPresented[stack.id] = UInt32(index) }
    }
    groupOfStack = trace.stacks.presentedIDs.map { groupOfPresented[$0] }
    cachedBlocks = Self.cachedBlocks(trace, groupOfStack, count: members.count)
  }

  /// Of groups whose blocks all come into the cache of a runtime's threads, how many fit there.
  private static func cachedBlocks(
    _ trace: AnalyzedTrace, _ groupOfStack: [UInt32?], count: Int
  ) -> [Int] {
    let caches = ThreadCache.caches(of: trace.stacks)
    var cached = [Int?](repeating: nil, count: count)
    for cost in trace.profile.costs where cost.allocations > 0 {
      let stack = Int(cost.stack.rawValue)
      guard let group = groupOfStack[stack] else { continue }
      let blocks =
        (caches[stack]?.mostBlocksPerThread ?? 0) * max(1, trace.profile.threads.count)
      cached[Int(group)] = min(cached[Int(group)] ?? blocks, blocks)
    }
    return cached.map { $0 ?? 0 }
  }

  /// The groups of all stacks that may have blocks, before any cost is known: those that `init` will
  /// choose, by other numbers. `nil` if there are more than are followed by themselves.
  package static func question(
    about stacks: some Sequence<StackID>, in names: PresentedStacks, windows: Int
  ) -> HeapSeries.Question? {
    var windings = RecursionWindings(names)
    var groupOfWinding: [UInt32: UInt32] = [:]
    var groupOfNode = [UInt32?](repeating: nil, count: names.nodes.count)
    for stack in stacks {
      let node = names.groups[Int(stack.rawValue)]
      guard groupOfNode[Int(node)] == nil else { continue }
      let winding = windings.number(ofNode: node)
      let group = groupOfWinding[winding] ?? UInt32(groupOfWinding.count)
      guard group < mostGroups else { return nil }
      groupOfWinding[winding] = group
      groupOfNode[Int(node)] = group
    }
    return HeapSeries.Question(
      groupOfStack: names.groups.map { groupOfNode[Int($0)] }, groups: groupOfWinding.count,
      windows: windows)
  }

  /// Few enough groups: those behind the largest are put together by function, and what is left of
  /// these in one.
  private static func bounded(
    _ ranked: [[PresentedStack]], _ names: PresentedStacks
  ) -> [[PresentedStack]] {
    var groups = Array(ranked.prefix(mostGroups))
    var numbers: [UInt32: Int] = [:]
    for stacks in ranked.dropFirst(mostGroups) {
      let isFull = numbers.count >= mostGroups
      let function =
        names.ownFunction(of: stacks[0]).flatMap {
          isFull && numbers[$0] == nil ? nil : $0
        } ?? .max
      if let number = numbers[function] {
        groups[number] += stacks
      } else {
        numbers[function] = groups.count
        groups.append(stacks)
      }
    }
    return groups
  }

  private static func size(_ stack: PresentedStack) -> Int {
    max(stack.cost.leakedBytes, stack.cost.peakBytes, stack.cost.allocatedBytes / 64)
  }

  private static func size(_ stacks: [PresentedStack]) -> Int {
    stacks.reduce(0) { $0 &+ size($1) }
  }

  /// The groups with what became of them; what grows in small parts is put together.
  public func rows(
    _ found: HeapSeriesSet, _ thresholds: HeapGrowth.Thresholds, _ names: PresentedStacks
  ) -> [GrowthRow] {
    let rows = zip(members.indices, found.groups).map { group, series in
      let growth = HeapGrowth(series, activity: found.activity, thresholds)
      let blocks = max(series.survivors, growth.lastBlocks)
      let isCache = blocks > 0 && blocks <= cachedBlocks[group]
      return GrowthRow(
        members: members[group], series: series,
        growth: isCache ? growth.takenForCache() : growth)
    }
    return GrowthMerging(
      names: names, thresholds: thresholds, mergesFunctions: grouping == .stack,
      activity: found.activity
    ).merged(rows)
  }
}
