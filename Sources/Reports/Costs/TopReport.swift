/// One ranking of stacks, as long as wanted.
public struct TopReport: Report {
  private let trace: AnalyzedTrace
  private let kind: CostKind
  private let limit: Int

  /// Ranks stacks by one cost and keeps the first `limit`.
  public init(_ trace: AnalyzedTrace, by kind: CostKind, limit: Int) {
    self.trace = trace
    self.kind = kind
    self.limit = limit
  }

  /// Writes the ranking as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    var shown: [PresentedStack.ID: String] = [:]
    RankingText(kind: kind, trace: trace, style: style).write(
      trace.stacks.ranked(by: kind, limit: limit), label: "", shown: &shown, to: &output)
  }

  /// Writes the ranking as JSON with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-top", trace, analyzerVersion, to: &json)
      json.member("by", kind.rawValue)
      json.member("total", kind.total(of: trace.profile.totals))
      ReportJSON.notices(trace.notices, to: &json)
      ReportJSON.stacks(
        "stacks", trace.stacks.ranked(by: kind, limit: limit), of: trace, to: &json)
    }
    json.finish()
  }
}
