/// Stacks in the folded format of Brendan Gregg's FlameGraph tools: `outermost;…;innermost COUNT`,
/// one line for each distinct stack, callers before their callees, callees by name.
///
/// The format has no escapes, so names are changed where readers would stumble: see
/// `FoldedName`. Stacks that become equal by that are summed, so the sum of all lines is always
/// the total of the cost.
public struct FoldedReport: Sendable {
  private let trace: AnalyzedTrace
  private let kind: CostKind
  private let simplifiesNames: Bool

  /// Folds stacks by one cost; names are whole unless they are to be simplified.
  public init(_ trace: AnalyzedTrace, cost kind: CostKind, simplifiesNames: Bool = false) {
    self.trace = trace
    self.kind = kind
    self.simplifiesNames = simplifiesNames
  }

  /// Writes all stacks whose cost is not zero.
  ///
  /// Complexity: O(n log n) in the number of stack nodes, and linear in the text: lines are written
  /// while the tree is walked, for half a million stacks are hundreds of megabytes.
  public func write(to output: inout some TextOutputStream) {
    let tree = FoldedTree(trace.stacks, kind, simplifiesNames: simplifiesNames)
    var line: [UInt8] = []
    /// Nodes still to be written, each with the length of the line up to its parent.
    var pending = tree.roots.reversed().map { (node: $0, prefixBytes: 0) }
    while let (node, prefixBytes) = pending.popLast() {
      line.removeSubrange(prefixBytes...)
      if prefixBytes > 0 { line.append(UInt8(ascii: ";")) }
      line.append(contentsOf: tree.name(of: node))
      let value = tree.value(of: node)
      if value > 0 { output.write(String(decoding: line, as: UTF8.self) + " \(value)\n") }
      for child in tree.children(of: node).reversed() { pending.append((child, line.count)) }
    }
    if tree.valueWithoutStack > 0 {
      output.write("\(FoldedName.noStack) \(tree.valueWithoutStack)\n")
    }
  }
}
