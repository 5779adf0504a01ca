/// Stacks in the folded format of Brendan Gregg's FlameGraph tools: `outermost;…;innermost COUNT`,
/// one line for each distinct stack, sorted by bytes.
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
    // Names are made once for each function and handled as bytes: a large profile has half a
    // million stacks of a few hundred bytes.
    let names = trace.stacks.functions.map { Array(FoldedName.name($0.function.name).utf8) }
    var lines: [(stack: [UInt8], value: Int)] = []
    for stack in trace.stacks.stacks {
      let value = kind.value(of: stack.cost)
      if value > 0 { lines.append((line(of: stack, names), value)) }
    }
    lines.sort { $0.stack.lexicographicallyPrecedes($1.stack) }
    var index = 0
    while index < lines.count {
      let stack = lines[index].stack
      var value = 0
      while index < lines.count, lines[index].stack == stack {
        value += lines[index].value
        index += 1
      }
      output.write(String(decoding: stack, as: UTF8.self) + " \(value)\n")
    }
  }

  private func line(of stack: PresentedStack, _ names: [[UInt8]]) -> [UInt8] {
    let nodes = trace.stacks.nodes
    var functions: [Int] = []
    var index = stack.id.node
    while index != 0 {
      functions.append(Int(nodes[Int(index)].function))
      index = nodes[Int(index)].parent
    }
    guard !functions.isEmpty else { return Array(FoldedName.noStack.utf8) }
    var line: [UInt8] = []
    line.reserveCapacity(functions.reduce(0) { $0 + names[$1].count + 1 })
    for function in functions.reversed() {
      if !line.isEmpty { line.append(UInt8(ascii: ";")) }
      line.append(contentsOf: names[function])
    }
    return line
  }
}
