/// A flame graph as one SVG file: a picture in any viewer, and where scripts run one that zooms and
/// searches. It loads nothing, and nothing in it that comes from a trace is more than text.
package struct FlameGraphExporter: Exporter {
  package static let format = ExportFormat(
    name: "svg", abstract: "a flame graph as a picture: browsers, READMEs, chat", isBinary: true,
    wantsAddresses: false, holdsOneCost: true, exporter: { FlameGraphExporter($0) })

  private let kind: CostKind
  private let isInverted: Bool
  private let simplifiesNames: Bool
  private let leastShare: Double

  init(_ options: ExportOptions) {
    kind = options.cost
    isInverted = options.isInverted
    simplifiesNames = options.simplifiesNames
    leastShare = max(FlameGraphPicture.leastShare, options.leastShare)
  }

  package func write(
    _ export: StackExport, to sink: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    let graph = FlameGraph(export, kind, isInverted: isInverted, leastShare: leastShare)
    let picture = FlameGraphPicture(
      export, graph, kind, isInverted: isInverted, simplifiesNames: simplifiesNames)
    try sink(Array(picture.text().utf8)[...])
  }
}
