/// Stacks in the folded format of Brendan Gregg's FlameGraph tools: `outermost;…;innermost COUNT`,
/// one line for each distinct stack, sorted.
///
/// The format has no escapes, so names are changed where readers would stumble: see
/// `FoldedName`. Stacks that become equal by that are summed, so the sum of all lines is always
/// the total of the cost.
public struct FoldedReport: Sendable {
  private let trace: AnalyzedTrace
  private let kind: CostKind

  /// Folds stacks by one cost.
  public init(_ trace: AnalyzedTrace, cost kind: CostKind) {
    self.trace = trace
    self.kind = kind
  }

  /// Writes all stacks whose cost is not zero. Complexity: O(n log n) in the number of stacks.
  public func write(to output: inout some TextOutputStream) {
    var sums: [String: Int] = [:]
    for stack in trace.stacks.stacks {
      let value = kind.value(of: stack.cost)
      guard value > 0 else { continue }
      sums[line(of: stack), default: 0] += value
    }
    for (stack, value) in sums.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      output.write("\(stack) \(value)\n")
    }
  }

  private func line(of stack: PresentedStack) -> String {
    let frames = trace.stacks.frames(of: stack)
    guard !frames.isEmpty else { return FoldedName.noStack }
    return frames.reversed().map { FoldedName.name($0.function) }.joined(separator: ";")
  }
}
