import Aggregation

/// What was never freed: every stack with blocks that were live when the trace ended.
public struct LeaksReport: Report {
  private let trace: AnalyzedTrace
  private let limit: Int

  /// Creates the report of the `limit` largest leaks.
  public init(_ trace: AnalyzedTrace, limit: Int) {
    self.trace = trace
    self.limit = limit
  }

  /// Writes the leaks as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    let totals = trace.profile.totals
    output.write("\n")
    if totals.leakedAllocations == 0 {
      output.write("  No leaks: every block was freed.\n")
      return
    }
    let size = Quantity.exactBytes(totals.leakedBytes)
    let blocks = Quantity.counted(totals.leakedAllocations, "block")
    let share = Quantity.percent(totals.leakedAllocations, of: totals.allocations)
    let sentence =
      "\(size) in \(blocks) were live when the trace ended, \(share) of all allocations. "
      + "Whether the program could still reach them is not known."
    for line in TextWrap.lines(of: sentence, columns: style.width - 4) {
      output.write("  \(line)\n")
    }
    var shown: [PresentedStack.ID: String] = [:]
    RankingText(kind: .leaked, trace: trace, style: style).write(
      trace.stacks.ranked(by: .leaked, limit: limit), label: "", shown: &shown, to: &output)
  }

  /// Writes the leaks as JSON with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-leaks", trace, analyzerVersion, to: &json)
      json.member("leakedAllocations", trace.profile.totals.leakedAllocations)
      json.member("leakedBytes", trace.profile.totals.leakedBytes)
      ReportJSON.notices(trace.notices, to: &json)
      ReportJSON.stacks(
        "stacks", trace.stacks.ranked(by: .leaked, limit: limit), of: trace, to: &json)
    }
    json.finish()
  }
}
