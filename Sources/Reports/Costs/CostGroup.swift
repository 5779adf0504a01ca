import Aggregation
import TraceFormat

/// One group of blocks and what they cost.
struct CostGroup {
  enum Label {
    case frame(FrameGroups.Label)
    case thread(ThreadID, ThreadProfile?)
    case size(UInt64)
  }

  let label: Label
  /// Of stacks whose innermost frame is of the group; of groups without frames it is all.
  var own: StackCost
  /// Of stacks with any frame of the group, each counted once; nil where it is not known or there
  /// are no frames.
  var inclusive: StackCost?
  /// Whether `own` has its own peak: that of several stacks is not the sum of theirs. That of
  /// `inclusive` is never known.
  var hasOwnPeak = true

  /// The groups of a trace by anything but stacks, in the order of their first appearance. Own
  /// peaks are exact if the trace was asked with this grouping; there is no inclusive cost then.
  static func groups(
    of trace: AnalyzedTrace, by grouping: CostGrouping, isAskedByGroup: Bool
  ) -> [CostGroup] {
    switch grouping {
    case .thread:
      let threads = Dictionary(
        trace.profile.threads.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      return (trace.profile.selection?.rows ?? []).map { row in
        let id = ThreadID(rawValue: UInt32(truncatingIfNeeded: row.group))
        return CostGroup(label: .thread(id, threads[id]), own: row.cost)
      }
    case .size:
      return (trace.profile.selection?.rows ?? []).map { row in
        CostGroup(label: .size(row.group), own: row.cost)
      }
    case .stack, .function, .file, .line, .module:
      return frameGroups(of: trace, by: grouping, hasInclusive: !isAskedByGroup)
    }
  }

  /// Recursion counts once: a stack adds to each group of its frames one time.
  private static func frameGroups(
    of trace: AnalyzedTrace, by grouping: CostGrouping, hasInclusive: Bool
  ) -> [CostGroup] {
    let names = trace.stacks
    let numbering = FrameGroups(names, grouping)
    let nothing = StackCost(stack: .root)
    var groups = numbering.labels.map {
      CostGroup(label: .frame($0), own: nothing, inclusive: hasInclusive ? nothing : nil)
    }
    var stacksOfGroup = [Int](repeating: 0, count: groups.count)
    var lastStack = [Int](repeating: -1, count: groups.count)
    for (number, stack) in names.stacks.enumerated() {
      var node = stack.id.node
      groups[Int(numbering.ofNode[Int(node)])].own.add(stack.cost)
      stacksOfGroup[Int(numbering.ofNode[Int(node)])] += 1
      guard hasInclusive else { continue }
      repeat {
        let group = Int(numbering.ofNode[Int(node)])
        if lastStack[group] != number {
          lastStack[group] = number
          groups[group].inclusive?.add(stack.cost)
        }
        node = names.nodes[Int(node)].parent
      } while node != 0
    }
    guard hasInclusive, let selection = trace.profile.selection else { return groups }
    // What is live at one moment may be added up.
    let isOfMoment = trace.profile.isOfMoment
    for index in groups.indices where stacksOfGroup[index] > 1 && !isOfMoment {
      guard let peak = selection.ownPeaks[UInt32(index)] else {
        groups[index].hasOwnPeak = false
        continue
      }
      groups[index].own.ownPeakAllocations = peak.blocks
      groups[index].own.ownPeakBytes = peak.bytes
    }
    return groups
  }
}
