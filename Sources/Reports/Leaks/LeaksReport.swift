import Aggregation

/// What was never freed: every stack with blocks that were live when the trace ended, but those
/// that are suppressed.
public struct LeaksReport: Report {
  /// How the report looks as text.
  public enum Form: String, Sendable, CaseIterable {
    case memtrace
    /// As LeakSanitizer writes its reports, for tools that read those.
    case lsan
  }

  private let whole: AnalyzedTrace
  private let leaks: SuppressedLeaks
  private let limit: Int
  private let form: Form
  private var trace: AnalyzedTrace { leaks.trace }

  /// Creates the report of the `limit` largest leaks that no suppression matches.
  public init(
    _ trace: AnalyzedTrace, limit: Int, suppressions: LeakSuppressionList = LeakSuppressionList(),
    form: Form = .memtrace
  ) {
    whole = trace
    leaks = SuppressedLeaks(trace, suppressions)
    self.limit = limit
    self.form = form
  }

  /// Whether leaks are left that no suppression matches.
  public var hasLeaks: Bool { trace.profile.totals.leakedAllocations > 0 }

  public var isPage: Bool { form != .lsan }

  /// Writes the leaks as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    if form == .lsan {
      LeakSanitizerText(leaks).write(to: &output)
      return
    }
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n")
    guard whole.profile.totals.leakedAllocations > 0 else {
      output.write("  \(noLeaks)\n")
      return
    }
    for line in TextWrap.lines(of: sentence, columns: style.width - 4) {
      output.write("  \(line)\n")
    }
    if hasLeaks {
      var shown: [PresentedStack.ID: String] = [:]
      RankingText(kind: .leaked, trace: trace, style: style).write(
        trace.stacks.ranked(by: .leaked, limit: limit), label: "", shown: &shown, to: &output)
    }
    writeUses(to: &output, style)
  }

  /// Why there are none.
  private var noLeaks: String {
    let profile = whole.profile
    if !profile.damage.isEmpty { return "No leak in what could be read of the trace." }
    if profile.totals.allocations > 0 { return "No leaks: every block was freed." }
    return whole.filterSentence == nil
      ? "No leaks: no allocation is in the trace." : "No leaks: no block meets the filter."
  }

  private var sentence: String {
    guard hasLeaks else {
      let blocks = Quantity.grouped(leaks.allocations)
      let size = Quantity.bytes(leaks.bytes)
      return leaks.allocations == 1
        ? "The one block that was live when the trace ended, \(size), is suppressed."
        : "All \(blocks) blocks that were live when the trace ended, \(size), are suppressed."
    }
    let totals = trace.profile.totals
    let size = Quantity.exactBytes(totals.leakedBytes)
    let blocks = Quantity.counted(totals.leakedAllocations, "block")
    let share = Quantity.percent(totals.leakedAllocations, of: totals.allocations)
    let whole = trace.filterSentence == nil ? "all allocations" : "those counted"
    return "\(size) in \(blocks) were live when the trace ended, \(share) of \(whole)"
      + (leaks.uses.isEmpty ? ". " : ", suppressed ones not counted. ")
      + "Whether the program could still reach them cannot be known from a trace."
      + (trace.profile.damage.isEmpty
        ? "" : " Blocks whose free could not be read are among them.")
  }

  private func writeUses(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !leaks.uses.isEmpty else { return }
    output.write(
      "\n" + style.title("Suppressed") + "  "
        + style.faint(
          "\(Quantity.bytes(leaks.bytes)) in \(Quantity.counted(leaks.allocations, "block"))")
        + "\n")
    var table = TextTable([
      ("blocks", .right), ("bytes", .right), ("list", .left), ("pattern", .left),
    ])
    for use in leaks.uses.sorted(by: { $0.bytes > $1.bytes }) {
      table.add([
        Quantity.grouped(use.allocations), Quantity.grouped(use.bytes),
        use.entry.isBuiltIn ? "built in" : "given", "leak:\(use.entry.suppression.template)",
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  /// Writes the leaks as JSON with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-leaks", trace, analyzerVersion, to: &json)
      json.member("leakedAllocations", whole.profile.totals.leakedAllocations)
      json.member("leakedBytes", whole.profile.totals.leakedBytes)
      json.member("suppressedAllocations", leaks.allocations)
      json.member("suppressedBytes", leaks.bytes)
      json.array("suppressions") { json in
        for use in leaks.uses {
          json.object(compact: true) { json in
            json.member("pattern", use.entry.suppression.template)
            json.member("builtIn", use.entry.isBuiltIn)
            json.member("leakedAllocations", use.allocations)
            json.member("leakedBytes", use.bytes)
          }
        }
      }
      ReportJSON.notices(trace.notices, to: &json)
      ReportJSON.stacks(
        "stacks", trace.stacks.ranked(by: .leaked, limit: limit), of: trace, to: &json)
    }
    json.finish()
  }
}
