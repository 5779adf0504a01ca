import Aggregation
import TraceFormat

/// What the heap was made of when it was at its highest: by module and by stack.
public struct PeakReport: Report {
  private let trace: AnalyzedTrace
  private let limit: Int

  /// Creates the report of the `limit` largest stacks.
  public init(_ trace: AnalyzedTrace, limit: Int) {
    self.trace = trace
    self.limit = limit
  }

  /// The blocks of one module's functions that were live at the peak.
  private struct ModulePart {
    var path: String?
    var blocks = 0
    var bytes = 0
  }

  /// Writes the composition as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    let totals = trace.profile.totals
    output.write("\n")
    guard totals.peakAllocations > 0 else {
      let reason = CostText.nothing(.peak, trace.profile)
      output.write("  \(reason.prefix(1).uppercased() + reason.dropFirst()).\n")
      return
    }
    for line in TextWrap.lines(of: sentence, columns: style.width - 4) {
      output.write("  \(line)\n")
    }
    writeModules(to: &output, style)
    var shown: [PresentedStack.ID: String] = [:]
    RankingText(kind: .peak, trace: trace, style: style).write(
      trace.stacks.ranked(by: .peak, limit: limit), label: "", shown: &shown, to: &output)
  }

  private var sentence: String {
    let totals = trace.profile.totals
    if let together = trace.profile.peakTogether, !trace.profile.isOfMoment {
      return sentence(of: together)
    }
    let size = Quantity.exactBytes(totals.peakBytes)
    let blocks = Quantity.counted(totals.peakAllocations, "block")
    let moment = Quantity.moment(nanoseconds: totals.peakTimeNanoseconds)
    let share = Quantity.percent(
      totals.peakTimeNanoseconds, of: trace.profile.process.durationNanoseconds)
    var sentence =
      "\(size) in \(blocks) were live at \(moment)" + (share.isEmpty ? "" : ", \(share) of the run")
      + "."
    if let sample = residentSample {
      sentence +=
        " Resident then: \(Quantity.bytes(sample.residentBytes)), all memory of the process"
        + " (sampled at \(Quantity.moment(nanoseconds: sample.timeNanoseconds)))."
    }
    for notice in OrderNotice.notices(trace.profile) { sentence += " " + notice.message }
    return sentence
  }

  /// Of several processes: what they held at one moment, and that the parts below are of other moments.
  private func sentence(of together: PeakTogether) -> String {
    let moment = Quantity.moment(nanoseconds: together.timeNanoseconds)
    let own = Quantity.bytes(trace.profile.totals.peakBytes)
    return "\(GroupFigures.bounds(together)) were live in all processes together at \(moment). The "
      + "parts below are of each process's own peak, whenever that was: \(own) in sum. What all held "
      + "at that moment: memtrace-analyze top --by live --at \(together.timeNanoseconds &+ 1)ns "
      + "\(SafeText.sanitized(trace.path))"
  }

  /// The memory sample nearest to the peak.
  private var residentSample: MemorySample? {
    let peak = trace.profile.totals.peakTimeNanoseconds
    return trace.profile.memorySamples.min {
      Self.distance($0.timeNanoseconds, peak) < Self.distance($1.timeNanoseconds, peak)
    }
  }

  private static func distance(_ left: UInt64, _ right: UInt64) -> UInt64 {
    left > right ? left - right : right - left
  }

  /// What each module's functions allocated of it, the largest part first. A stack belongs to the
  /// module of its first frame that is no runtime's; one of a runtime alone to its first.
  private var modules: [ModulePart] {
    var parts: [String: ModulePart] = [:]
    for stack in trace.stacks.stacks where stack.cost.peakAllocations > 0 {
      let frames = trace.stacks.frames(of: stack)
      let own = frames.first { !$0.isLibrary } ?? frames.first
      var part = parts[own?.modulePath ?? ""] ?? ModulePart(path: own?.modulePath)
      part.blocks += stack.cost.peakAllocations
      part.bytes += stack.cost.peakBytes
      parts[own?.modulePath ?? ""] = part
    }
    return parts.values.sorted { ($0.bytes, $1.path ?? "") > ($1.bytes, $0.path ?? "") }
  }

  private func writeModules(to output: inout some TextOutputStream, _ style: TextStyle) {
    let modules = self.modules
    guard modules.count > 1 else { return }
    output.write("\n\(style.title("By module"))\n")
    var table = TextTable([
      ("live", .right), ("share", .right), ("blocks", .right), ("module", .left),
    ])
    for part in modules.prefix(limit) {
      table.add([
        Quantity.bytes(part.bytes),
        Quantity.percent(part.bytes, of: trace.profile.totals.peakBytes),
        Quantity.grouped(part.blocks),
        part.path.map(PresentedFrame.baseName) ?? "[unknown]",
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  /// Writes the composition as JSON with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    let totals = trace.profile.totals
    json.object { json in
      ReportJSON.header("memtrace-peak", trace, analyzerVersion, to: &json)
      json.member("peakBytes", totals.peakBytes)
      json.member("peakBlocks", totals.peakAllocations)
      json.member("peakAllocations", totals.peakAllocations)
      json.member("peakTimeNanoseconds", totals.peakTimeNanoseconds)
      json.member("peakErrorBytes", optional: totals.peakErrorBytes)
      ReportJSON.peakTogether(trace.profile, to: &json)
      let sample = residentSample
      json.member("residentBytes", optional: sample?.residentBytes)
      json.member("residentTimeNanoseconds", optional: sample?.timeNanoseconds)
      json.array("modules") { json in
        for part in modules {
          json.object(compact: true) { json in
            json.member("module", part.path)
            json.member("peakBytes", part.bytes)
            json.member("peakBlocks", part.blocks)
            json.member("peakAllocations", part.blocks)
          }
        }
      }
      ReportJSON.notices(trace.notices, to: &json)
      ReportJSON.stacks(
        "stacks", trace.stacks.ranked(by: .peak, limit: limit), of: trace, to: &json)
    }
    json.finish()
  }
}
