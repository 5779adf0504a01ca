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

  /// The trace as it was.
  public let whole: AnalyzedTrace
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
  /// of the allocation machinery included. A built-in one matches only where no frame of the
  /// program's own is further inside: what a library calls back into is the program's business.
  /// Complexity: every distinct name is compared once with every suppression.
  public init(_ trace: AnalyzedTrace, _ list: LeakSuppressionList) {
    whole = trace
    let matches = trace.stacks.matches(list)
    var uses = list.entries.map { Use(entry: $0) }
    var costs = trace.profile.costs
    // Blocks of stacks that differ in addresses alone are those of one stack.
    var leaks: [UInt32: (blocks: Int, bytes: Int)] = [:]
    for cost in costs where cost.leakedAllocations > 0 {
      let stack = trace.stacks.wholeGroups[Int(cost.stack.rawValue)]
      leaks[stack, default: (0, 0)].blocks += cost.leakedAllocations
      leaks[stack]?.bytes &+= cost.leakedBytes
    }
    for index in costs.indices where costs[index].leakedAllocations > 0 {
      let stack = trace.stacks.wholeGroups[Int(costs[index].stack.rawValue)]
      let leak = leaks[stack] ?? (0, 0)
      let match = matches[Int(stack)].first {
        list.entries[$0].covers(blocks: leak.blocks, bytes: leak.bytes)
      }
      guard let match else { continue }
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
  /// What stacks match of a list, by node of `wholeNodes`. Few frames match any, and most nodes share
  /// what their caller has: each different choice is kept once.
  fileprivate struct SuppressionMatches {
    var choices: [[Int]] = [[]]
    var choiceOfNode: [UInt32]

    /// Entries that a stack which ends at a node may count for, that of the innermost frame first.
    subscript(node: Int) -> [Int] { choices[Int(choiceOfNode[node])] }
  }

  fileprivate func matches(_ list: LeakSuppressionList) -> SuppressionMatches {
    let suppressions = list.entries.map(\.suppression)
    func indices(_ text: String) -> [Int] {
      var text = text
      return text.withUTF8 { text in suppressions.indices.filter { suppressions[$0].matches(text) }
      }
    }
    var byModule: [String: [Int]] = [:]
    for path in Set(functions.lazy.compactMap(\.function.modulePath)) {
      byModule[path] = indices(path)
    }
    let byFunction = functions.map { rated in
      (rated.function.modulePath.flatMap { byModule[$0] } ?? []) + indices(rated.function.name)
    }
    let owners = functions.map {
      ProgramCode.owner(of: $0, showsInterpretedCode: isInterpreted)
    }
    let byFile = files.map(indices)
    let isBuiltIn = list.entries.map(\.isBuiltIn)
    let spansInterpreters = list.entries.map(\.spansInterpreters)
    func outlives(_ entry: Int, _ owner: ProgramCode.Owner) -> Bool {
      !isBuiltIn[entry] || owner == .library || owner == .interpreted && spansInterpreters[entry]
    }
    let matchesFunction = byFunction.map { !$0.isEmpty }
    let matchesFile = byFile.map { !$0.isEmpty }
    var found = SuppressionMatches(choiceOfNode: [UInt32](repeating: 0, count: wholeNodes.count))
    for (index, node) in wholeNodes.enumerated().dropFirst() {
      let function = Int(node.function)
      let isOfFile = node.file != Node.unknown && matchesFile[Int(node.file)]
      let outer = found.choiceOfNode[Int(node.parent)]
      if !matchesFunction[function], !isOfFile, outer == 0 || owners[function] == .library {
        found.choiceOfNode[index] = outer
        continue
      }
      // An entry counts once, at its innermost frame.
      let own = byFunction[function] + (isOfFile ? byFile[Int(node.file)] : [])
      let inherited = found.choices[Int(outer)].filter { !own.contains($0) }
      let choice = (own + inherited).filter { outlives($0, owners[function]) }
      if choice.isEmpty {
        found.choiceOfNode[index] = 0
      } else if choice == found.choices[Int(outer)] {
        found.choiceOfNode[index] = outer
      } else {
        found.choiceOfNode[index] = UInt32(found.choices.count)
        found.choices.append(choice)
      }
    }
    return found
  }
}

extension SuppressedLeaks {
  /// What of a number of leaks is not listed; nil if nothing was taken out.
  var remark: String? {
    guard allocations > 0 else { return nil }
    return allocations == whole.profile.totals.leakedAllocations
      ? "; all suppressed"
      : "; \(Quantity.bytes(bytes)) in \(Quantity.grouped(allocations)) suppressed"
  }

  /// A ranking of the trace that `leaks` were taken out of: of leaks without the suppressed ones.
  func ranked(by kind: CostKind, limit: Int) -> [PresentedStack] {
    (kind == .leaked ? trace : whole).stacks.ranked(by: kind, limit: limit)
  }

  /// Writes such a ranking.
  func write(
    _ kind: CostKind, label: String, limit: Int, shown: inout [PresentedStack.ID: String],
    to output: inout some TextOutputStream, style: TextStyle
  ) {
    let isOfLeaks = kind == .leaked
    let hidesAll = isOfLeaks && allocations > 0 && trace.profile.totals.leakedAllocations == 0
    guard !hidesAll else {
      output.write(
        "\n" + style.title("Largest leaks")
          + ": none but what is suppressed, which leaks lists\n")
      return
    }
    RankingText(kind: kind, trace: isOfLeaks ? trace : whole, style: style).write(
      ranked(by: kind, limit: limit), label: label, shown: &shown, to: &output)
  }
}
