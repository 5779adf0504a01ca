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
  private let tree: CallTreeWriter

  /// - Precondition: the cost is additive.
  public init(_ trace: AnalyzedTrace, by kind: CostKind, extent: Extent) {
    precondition(kind.isAdditive, "a tree shows sums")
    self.trace = trace
    self.kind = kind
    self.extent = extent
    tree = CallTreeWriter(
      tree: CallTree(trace.stacks, by: kind, isBottomUp: extent.isBottomUp), kind: kind,
      extent: extent, total: kind.total(of: trace.profile.totals))
  }

  /// Writes the tree as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    let totals = trace.profile.totals
    let direction = extent.isBottomUp ? "by who allocated, with callers below" : "by caller"
    output.write("\n" + style.title("\(CostText.title(kind, trace.profile)), \(direction)"))
    guard kind.total(of: totals) > 0 else {
      output.write(": \(CostText.nothing(kind, trace.profile))\n")
      return
    }
    output.write("  " + style.faint(CostText.whole(kind, trace.profile)) + "\n\n")
    tree.writeText(to: &output, style)
  }

  /// Writes the tree as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-tree", trace, analyzerVersion, to: &json)
      json.member("by", kind.rawValue)
      json.member("bottomUp", extent.isBottomUp)
      json.member("total", kind.total(of: trace.profile.totals))
      ReportJSON.notices(trace.notices, to: &json)
      tree.writeJSON("nodes", to: &json)
    }
    json.finish()
  }
}
