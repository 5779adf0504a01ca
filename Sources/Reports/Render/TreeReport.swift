import Aggregation

/// One cost as a tree of calls, cut off where branches become small.
public struct TreeReport: Report {
  /// How much of the tree is shown.
  public struct Extent: Sendable, Hashable {
    public var isBottomUp = false
    /// Levels; nil for all.
    public var depth: Int?
    /// Branches with less of the whole are left out, in percent.
    public var minimumPercent = 1.0

    public init() {}
  }

  private let trace: AnalyzedTrace
  private let kind: CostKind
  private let extent: Extent
  private let tree: CallTree

  /// - Precondition: the cost is additive.
  public init(_ trace: AnalyzedTrace, by kind: CostKind, extent: Extent) {
    precondition(kind.isAdditive, "a tree shows sums")
    self.trace = trace
    self.kind = kind
    self.extent = extent
    tree = CallTree(trace.stacks, by: kind, isBottomUp: extent.isBottomUp)
  }

  /// Nodes with less are left out; none that has nothing is ever shown.
  private var threshold: Int {
    let total = Double(kind.total(of: trace.profile.totals))
    return max(1, Int((total * extent.minimumPercent / 100).rounded(.up)))
  }

  private func isDeepest(_ level: Int) -> Bool { extent.depth.map { level >= $0 } ?? false }

  /// Writes the tree as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    let totals = trace.profile.totals
    let direction = extent.isBottomUp ? "by who allocated, with callers below" : "by caller"
    output.write("\n" + style.title("\(CostText.title(kind)), \(direction)"))
    guard kind.total(of: totals) > 0 else {
      output.write(": \(CostText.nothing(kind))\n")
      return
    }
    output.write("  " + style.faint(CostText.whole(kind, totals)) + "\n\n")
    let lines = TreeLines(style: style)
    var pending: [(node: CallTree.Node, level: Int, margin: String, isLast: Bool)] = []
    func open(_ nodes: [CallTree.Node], level: Int, margin: String) -> (Int, Int) {
      let shown = nodes.filter { $0.value >= threshold }
      for (index, node) in shown.enumerated().reversed() {
        pending.append((node, level, margin, index + 1 == shown.count))
      }
      let rest = nodes[shown.count...].reduce(0) { $0 + $1.value }
      return (nodes.count - shown.count, rest)
    }
    let (leftOut, rest) = open(tree.roots, level: 1, margin: "")
    while let (node, level, margin, isLast) = pending.popLast() {
      let branch = level == 1 ? "" : margin + lines.branch(isLast: isLast)
      let below = level == 1 ? "" : margin + lines.continuation(isLast: isLast)
      write(node, branch: branch, to: &output, style)
      guard !isDeepest(level) else { continue }
      _ = open(tree.children(of: node), level: level + 1, margin: below)
    }
    if leftOut > 0 {
      output.write(
        style.faint(
          "\n… \(Quantity.counted(leftOut, "more branch", "more branches")) with "
            + "\(kind.isBytes ? Quantity.bytes(rest) : Quantity.grouped(rest))") + "\n")
    }
  }

  private func write(
    _ node: CallTree.Node, branch: String, to output: inout some TextOutputStream,
    _ style: TextStyle
  ) {
    func right(_ text: String, _ columns: Int) -> String {
      TextTable.spaces(columns - SafeText.columns(text)) + text
    }
    let value = kind.isBytes ? Quantity.bytes(node.value) : Quantity.grouped(node.value)
    let share = Quantity.percent(node.value, of: kind.total(of: trace.profile.totals))
    let figures = right(share, 8) + right(value, 13) + "  "
    let place = node.frame.map(StackText.place(of:)) ?? ""
    let room = style.width - SafeText.columns(figures) - SafeText.columns(branch)
    let name = NameShortener(columns: room - SafeText.columns(place) - 2)
      .shortened(SafeText.sanitized(node.frame?.function ?? FoldedName.noStack))
    let isOwn = node.frame.map { !$0.isLibrary } ?? false
    output.write(figures + style.faint(branch) + (isOwn ? style.strong(name) : name))
    if !place.isEmpty { output.write("  " + style.faint(SafeText.sanitized(place))) }
    output.write("\n")
  }

  /// Writes the tree as JSON, branches within each other.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-tree", trace, analyzerVersion, to: &json)
      json.member("by", kind.rawValue)
      json.member("bottomUp", extent.isBottomUp)
      json.member("total", kind.total(of: trace.profile.totals))
      ReportJSON.notices(trace.notices, to: &json)
      write(tree.roots, "roots", level: 1, to: &json)
    }
    json.finish()
  }

  private func write<Output>(
    _ nodes: [CallTree.Node], _ key: String, level: Int, to json: inout JSONWriter<Output>
  ) {
    json.array(key) { json in
      for node in nodes where node.value >= threshold {
        json.object { json in
          json.member("function", node.frame?.function)
          json.member("module", node.frame?.modulePath)
          json.member("file", node.frame?.file)
          json.member("line", optional: node.frame?.line)
          json.member("value", node.value)
          json.member("blocks", node.blocks)
          json.member("self", node.ownValue)
          write(
            isDeepest(level) ? [] : tree.children(of: node), "children", level: level + 1,
            to: &json)
        }
      }
    }
  }
}

/// The lines that hold a tree together.
private struct TreeLines {
  let style: TextStyle

  func branch(isLast: Bool) -> String {
    style.drawsUnicode ? (isLast ? "└─" : "├─") : (isLast ? "`-" : "|-")
  }

  func continuation(isLast: Bool) -> String {
    isLast ? "  " : style.drawsUnicode ? "│ " : "| "
  }
}
