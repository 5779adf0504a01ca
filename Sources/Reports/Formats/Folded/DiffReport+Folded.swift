extension DiffReport {
  /// Writes folded stacks with two counts, before and after, as tools for differential flame graphs
  /// read them. Stacks that are the same by their folded names are one line.
  ///
  /// - Precondition: the cost is additive.
  public func writeFolded(to output: inout some TextOutputStream) {
    precondition(kind.isAdditive, "a picture shows sums")
    let names = [difference.before, difference.after].map { trace in
      trace.stacks.functions.map { FoldedName.name($0.function.name) }
    }
    var lines: [String: (before: Int, after: Int)] = [:]
    for row in difference.rows where row.before > 0 || row.after > 0 {
      let line = folded(row, row.isNamedByAfter ? names[1] : names[0])
      let known = lines[line] ?? (0, 0)
      lines[line] = (known.before &+ row.before, known.after &+ row.after)
    }
    let sorted = lines.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (line, counts) in sorted { output.write("\(line) \(counts.before) \(counts.after)\n") }
  }

  /// The line of a row, whose side's functions have these folded names.
  private func folded(_ row: TraceDifference.Row, _ functions: [String]) -> String {
    switch row.name {
    case .stack(let stack):
      let nodes = difference.stacks(of: row).nodes
      var names: [String] = []
      var index = stack.id.node
      while index != 0 {
        names.append(functions[Int(nodes[Int(index)].function)])
        index = nodes[Int(index)].parent
      }
      return names.isEmpty ? FoldedName.noStack : names.reversed().joined(separator: ";")
    case .group(let label):
      let cells = GroupText.cells(label, grouping, columns: .max)
      return FoldedName.name(cells.filter { !$0.isEmpty }.joined(separator: " "))
    }
  }
}
