import Symbolization

/// Draws a `FlameGraph`: boxes with names, a heading with the sum, a legend of modules. What can be
/// done with it in a browser is in `flamegraph.js`, which works on these very elements.
struct FlameGraphPicture {
  /// The share of the whole that a box has at least, unless more is asked for: a third of a pixel.
  static let leastShare = 1 / Double(Layout.innerWidth * 3)

  private enum Layout {
    static let width = 1200
    static let margin = 10
    static let innerWidth = width - 2 * margin
    static let levelHeight = 17
    static let headHeight = 58
    static let footHeight = 34
    /// Of one character of the font, and what stays free beside a name.
    static let characterWidth = 6.7
    static let padding = 6.0
  }

  private let export: StackExport
  private let graph: FlameGraph
  private let kind: CostKind
  private let isInverted: Bool
  private let names: [String]
  /// The modules that cost most by what they allocate themselves, the most expensive first.
  private let modules: [String]

  init(
    _ export: StackExport, _ graph: FlameGraph, _ kind: CostKind, isInverted: Bool,
    simplifiesNames: Bool
  ) {
    self.export = export
    self.graph = graph
    self.kind = kind
    self.isInverted = isInverted
    names = export.functions.map { function in
      SafeText.sanitized(
        simplifiesNames ? NameSimplifier.simplify(function.name) : function.name)
    }
    modules = Self.modulesByWidth(export, graph)
  }

  private static func modulesByWidth(_ export: StackExport, _ graph: FlameGraph) -> [String] {
    var widths: [String: Int] = [:]
    for box in graph.boxes {
      guard let module = export.functions[box.function].module else { continue }
      widths[module, default: 0] += box.value
    }
    return widths.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map(\.key)
  }

  // MARK: The document

  func text() -> String {
    let height =
      Layout.headHeight + max(1, graph.levels) * Layout.levelHeight + Layout.footHeight
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Layout.width)" height="\(height)" \
      viewBox="0 0 \(Layout.width) \(height)" role="img" aria-label="\(escaped(heading))">
      <style>
      svg { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
      svg { background: #fff; }
      text { font-size: 11px; fill: #1b1b1b; }
      .heading { font-size: 16px; font-weight: bold; }
      .note { fill: #666; }
      .box rect { stroke: #fff; stroke-width: 0.6; }
      .box text { pointer-events: none; }
      .box:hover rect { stroke: #000; }
      .passed { opacity: 0.55; }
      .found rect { fill: #c04df9; }
      .search rect { fill: #fff; stroke: #999; }

      """
    text += modules.prefix(Self.hues.count).indices.map {
      ".\(style($0)) rect { fill: \(colour($0)); }\n"
    }
    .joined()
    text += """
      .other rect { fill: #d9d4cb; }
      .s1 rect { fill-opacity: 0.82; }
      .s2 rect { fill-opacity: 0.64; }
      </style>
      <rect width="100%" height="100%" fill="#fff"/>
      <text class="heading" x="\(Layout.margin)" y="24">\(escaped(heading))</text>
      <text class="note" x="\(Layout.margin)" y="43">\(escaped(note))</text>
      <g id="boxes">

      """
    for box in graph.boxes { text += drawn(box, height) }
    text += "</g>\n" + legend(height)
    text += "<script><![CDATA[\n"
    text += String(decoding: PackageResources.flamegraph_js, as: UTF8.self)
    text += "]]></script>\n</svg>\n"
    return text
  }

  private func drawn(_ box: FlameGraph.Box, _ height: Int) -> String {
    let scale = Double(Layout.innerWidth) / Double(max(1, graph.total))
    let x = Double(Layout.margin) + Double(box.start) * scale
    let width = Double(box.value) * scale
    let y =
      isInverted
      ? Layout.headHeight + box.level * Layout.levelHeight
      : height - Layout.footHeight - (box.level + 1) * Layout.levelHeight
    let function = export.functions[box.function]
    var place = function.module ?? ""
    if let file = function.file {
      place += (place.isEmpty ? "" : ", ") + PresentedFrame.baseName(file)
    }
    let name = names[box.function]
    let title =
      name + "\n" + (place.isEmpty ? "" : SafeText.sanitized(place) + "\n")
      + "\(amount(box.value)), \(Quantity.percent(box.value, of: graph.total))"
    let style =
      function.module.flatMap { modules.prefix(Self.hues.count).firstIndex(of: $0) }.map(self.style)
      ?? "other"
    let shade = name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1009 } % 3
    let boxHeight = Layout.levelHeight - 1
    return """
      <g class="box \(style)\(shade == 0 ? "" : " s\(shade)")"><title>\(escaped(title))</title>\
      <rect x="\(pixels(x))" y="\(y)" width="\(pixels(width))" height="\(boxHeight)" rx="1"/>\
      <text x="\(pixels(x + Layout.padding / 2))" y="\(y + 12)">\(escaped(Self.fitted(name, width)))</text></g>

      """
  }

  /// As much of the name as a box of this width has room for; of a narrow one its last component.
  static func fitted(_ name: String, _ width: Double) -> String {
    let room = Int((width - Layout.padding) / Layout.characterWidth)
    if SafeText.columns(name) <= room { return name }
    guard room >= 3 else { return "" }
    if room >= NameShortener.minimumColumns { return NameShortener(columns: room).shortened(name) }
    let bare = FunctionName.collapsed(
      FunctionName.withoutParameters(name), keepingTemplateDepth: 0)
    let last = bare.lastIndex(of: ":").map { String(bare[bare.index(after: $0)...]) } ?? bare
    return NameShortener.cut(last, to: room)
  }

  private func legend(_ height: Int) -> String {
    var text = ""
    var x = Double(Layout.margin)
    for (index, module) in modules.prefix(Self.hues.count).enumerated() {
      let name = SafeText.sanitized(module)
      let width = Double(SafeText.columns(name)) * Layout.characterWidth + 30
      guard x + width < Double(Layout.width) else { break }
      text += """
        <g class="\(style(index))"><rect x="\(pixels(x))" y="\(height - 21)" width="10" height="10"/>\
        <text class="note" x="\(pixels(x + 14))" y="\(height - 12)">\(escaped(name))</text></g>

        """
      x += width
    }
    return text
  }

  // MARK: Words

  private var heading: String {
    let process = export.process
    let name = process.title.isEmpty ? process.program : process.title
    return SafeText.sanitized(name.isEmpty ? what : "\(name): \(what)")
  }

  private var what: String {
    kind == .peak && export.isOfMoment ? CostKind.live.subject : kind.subject
  }

  private var note: String {
    if graph.total == 0 { return "nothing to draw" }
    var parts = ["\(amount(graph.total)) in all"]
    parts.append(isInverted ? "callers below" : "callees above")
    if graph.valueWithoutStack > 0 {
      parts.append("\(amount(graph.valueWithoutStack)) without a recorded stack")
    }
    if graph.narrowBoxes > 0 {
      let boxes = Quantity.counted(graph.narrowBoxes, isInverted ? "caller" : "callee")
      let least = max(1, Int(Double(graph.total) * graph.leastShare))
      parts.append("\(boxes) below \(amount(least)) not drawn")
    }
    return parts.joined(separator: " · ")
  }

  private func amount(_ value: Int) -> String {
    kind.isBytes ? Quantity.bytes(value) : Quantity.grouped(value)
  }

  // MARK: Details

  /// One for each of the modules that are told apart, the costliest first.
  private static let hues = [18, 205, 95, 45, 280, 165, 330]

  private func colour(_ index: Int) -> String { "hsl(\(Self.hues[index]) 75% 76%)" }
  private func style(_ index: Int) -> String { "m\(index)" }

  private func pixels(_ value: Double) -> String { Quantity.fixed(value, decimals: 2) }

  private func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\u{fffe}", "\u{ffff}": result += "\u{fffd}"  // no characters of XML
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
