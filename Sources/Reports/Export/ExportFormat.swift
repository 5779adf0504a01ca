/// A format that other tools read: what a command says of it, and what makes its writer. A new format
/// is a file with an `Exporter` and its `ExportFormat`, and a line in `standard`.
package struct ExportFormat: Sendable {
  /// What the command line calls it.
  package let name: String
  /// One line: what it is, and who reads it.
  package let abstract: String
  /// Whether it is for no terminal.
  package let isBinary: Bool
  /// Whether stacks are wanted by address, with all their frames, or as reports show them.
  package let wantsAddresses: Bool
  /// Whether it holds one cost, the one that is asked for, or several of its own.
  package let holdsOneCost: Bool
  let exporter: @Sendable (ExportOptions) -> any Exporter

  /// Those that the command line offers.
  package static let standard = [
    FoldedExporter.format, PprofExporter.format, FlameGraphExporter.format,
  ]

  /// Writes a trace in this format to `sink`, piece by piece.
  ///
  /// - Throws: what `sink` throws, or why the format cannot hold this trace.
  package func write(
    _ trace: AnalyzedTrace, _ options: ExportOptions, to sink: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    let export = wantsAddresses ? StackExport(recorded: trace) : StackExport(presented: trace)
    try exporter(options).write(export, to: sink)
  }
}

/// Writes stacks and their costs in one format.
package protocol Exporter: Sendable {
  /// Writes everything to `sink`, piece by piece.
  ///
  /// - Throws: what `sink` throws, or why the format cannot hold this trace.
  func write(_ export: StackExport, to sink: (ArraySlice<UInt8>) throws -> Void) throws
}

/// What a user chooses beside the format.
package struct ExportOptions: Sendable {
  /// What a format of one cost counts.
  package var cost: CostKind
  /// Whether names are shortened as reports shorten them.
  package var simplifiesNames: Bool
  /// Whether a picture begins with the functions that allocated.
  package var isInverted: Bool
  /// The share of the whole that a picture's parts have at least.
  package var leastShare: Double

  package init(
    cost: CostKind = .bytes, simplifiesNames: Bool = false, isInverted: Bool = false,
    leastShare: Double = 0
  ) {
    self.cost = cost
    self.simplifiesNames = simplifiesNames
    self.isInverted = isInverted
    self.leastShare = leastShare
  }
}
