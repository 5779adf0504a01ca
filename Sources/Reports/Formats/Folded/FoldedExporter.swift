/// Stacks in the folded format of Brendan Gregg's FlameGraph tools: `outermost;…;innermost COUNT`,
/// one line for each distinct stack, callers before their callees, callees by name.
///
/// The format has no escapes, so names are changed where readers would stumble: see
/// `FoldedName`. Stacks that become equal by that are summed, so the sum of all lines is always
/// the total of the cost.
package struct FoldedExporter: Exporter {
  package static let format = ExportFormat(
    name: "folded",
    abstract: "one line a stack: FlameGraph, inferno, speedscope, Firefox Profiler, Perfetto",
    isBinary: false, wantsAddresses: false, holdsOneCost: true, exporter: { FoldedExporter($0) })

  private static let pieceBytes = 1 << 16

  private let kind: CostKind
  private let simplifiesNames: Bool

  init(_ options: ExportOptions) {
    kind = options.cost
    simplifiesNames = options.simplifiesNames
  }

  /// Writes all stacks whose cost is not zero.
  ///
  /// Complexity: O(n log n) in the number of stack nodes, and linear in the text: lines are written
  /// while the tree is walked, for half a million stacks are hundreds of megabytes.
  package func write(
    _ export: StackExport, to sink: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    let tree = FoldedTree(export, kind, simplifiesNames: simplifiesNames)
    var output: [UInt8] = []
    var line: [UInt8] = []
    /// Nodes still to be written, each with the length of the line up to its parent.
    var pending = tree.roots.reversed().map { (node: $0, prefixBytes: 0) }
    while let (node, prefixBytes) = pending.popLast() {
      line.removeSubrange(prefixBytes...)
      if prefixBytes > 0 { line.append(UInt8(ascii: ";")) }
      line.append(contentsOf: tree.name(of: node))
      let value = tree.value(of: node)
      if value > 0 {
        output += line
        output += " \(value)\n".utf8
        if output.count >= Self.pieceBytes {
          try sink(output[...])
          output.removeAll(keepingCapacity: true)
        }
      }
      for child in tree.children(of: node).reversed() { pending.append((child, line.count)) }
    }
    if tree.valueWithoutStack > 0 {
      output += "\(FoldedName.noStack) \(tree.valueWithoutStack)\n".utf8
    }
    try sink(output[...])
  }
}
