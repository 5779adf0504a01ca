import Aggregation
import TraceFormat

/// A trace whose suppressed leaks were taken out, and which suppressions took out how much.
public struct SuppressedLeaks: Sendable {
  /// A suppression that matched, with what it matched.
  public struct Use: Sendable {
    public let entry: LeakSuppressionList.Entry
    public internal(set) var allocations = 0
    public internal(set) var bytes = 0
  }

  /// The trace, whose leaks are those that no suppression matched.
  public let trace: AnalyzedTrace
  /// In the order of the list.
  public let uses: [Use]

  /// Blocks and bytes that were taken out.
  public var allocations: Int { uses.reduce(0) { $0 + $1.allocations } }
  public var bytes: Int { uses.reduce(0) { $0 + $1.bytes } }

  /// Takes out of a trace the leaks that a list matches.
  ///
  /// A stack counts for the suppression that matches its innermost frame of all that match, frames
  /// of the allocation machinery included. Complexity: every distinct name is compared once with
  /// every suppression.
  public init(_ trace: AnalyzedTrace, _ list: LeakSuppressionList) {
    let matches = trace.stacks.matches(list)
    var uses = list.entries.map { Use(entry: $0) }
    var costs = trace.profile.costs
    for index in costs.indices where costs[index].leakedAllocations > 0 {
      guard let match = matches(costs[index].stack),
        costs[index].leakedAllocations <= list.entries[match].mostBlocks ?? .max
      else { continue }
      uses[match].allocations += costs[index].leakedAllocations
      uses[match].bytes += costs[index].leakedBytes
      costs[index].leakedAllocations = 0
      costs[index].leakedBytes = 0
    }
    self.uses = uses.filter { $0.allocations > 0 }
    self.trace = self.uses.isEmpty ? trace : trace.replacingCosts(costs)
  }
}

extension PresentedStacks {
  /// Compares stacks with a list: which of its entries matches the innermost frame that any
  /// matches, by recorded stack.
  fileprivate func matches(_ list: LeakSuppressionList) -> (StackID) -> Int? {
    func indices(_ text: String) -> [Int] {
      list.entries.indices.filter { list.entries[$0].suppression.matches(text) }
    }
    let byFunction = functions.map { rated in
      (rated.function.modulePath.map(indices) ?? []) + indices(rated.function.name)
    }
    let byFile = files.map(indices)
    var found = [Int?](repeating: nil, count: wholeNodes.count)
    for (index, node) in wholeNodes.enumerated().dropFirst() {
      let candidates =
        byFunction[Int(node.function)]
        + (node.file == Node.unknown ? [] : byFile[Int(node.file)])
      let match = candidates.first { candidate in
        guard let caller = list.entries[candidate].caller else { return true }
        return node.parent != 0
          && caller.matches(functions[Int(wholeNodes[Int(node.parent)].function)].function.name)
      }
      found[index] = match ?? found[Int(node.parent)]
    }
    return { stack in found[Int(wholeNodeOfRecorded[Int(stack.rawValue)])] }
  }
}
