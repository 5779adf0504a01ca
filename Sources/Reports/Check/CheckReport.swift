import Aggregation

/// Limits beside what a trace has: which are kept, which are broken, and the stacks that break them.
public struct CheckReport: Report {
  /// What the limits come to.
  public enum Verdict: String, Sendable {
    case kept, broken
    /// The trace does not tell all that happened.
    case unknown
  }

  private let trace: AnalyzedTrace
  private let leaks: SuppressedLeaks
  let limits: [MeasuredLimit]
  private let phases: NamedPhases
  private let stacksShown: Int
  private let suppressions: LeakSuppressionList
  /// By pattern: the blocks of those functions that limits are about.
  private let functions: [String: AnalyzedTrace]
  /// By number of a limit that is about a phase: the blocks of that phase.
  private var phaseTraces: [Int: AnalyzedTrace] = [:]

  /// Compares a trace, and its phases and the blocks of functions as far as limits are about some, with
  /// limits; of each that is broken the `stacksShown` costliest stacks are shown. Suppressed leaks do not
  /// count.
  public init(
    _ trace: AnalyzedTrace, limits: [MemoryLimit], phases: [ProcessPhases] = [],
    functions: [String: AnalyzedTrace] = [:],
    suppressions: LeakSuppressionList = LeakSuppressionList(), stacksShown: Int = 3
  ) {
    let leaks = SuppressedLeaks(trace, suppressions)
    let phases = NamedPhases(phases)
    self.trace = trace
    self.leaks = leaks
    self.phases = phases
    self.functions = functions
    self.limits = limits.map { limit in
      let blocks = limit.function.flatMap { functions[$0] }
      return MeasuredLimit(
        limit, of: blocks ?? trace,
        leaks: blocks.map { SuppressedLeaks($0, suppressions).trace } ?? leaks.trace,
        phase: limit.phase.flatMap { phases.costs(of: $0) })
    }
    self.suppressions = suppressions
    self.stacksShown = stacksShown
  }

  /// The limits of phases that are broken, and the window of the time that cost most of each: by its
  /// blocks `show` names the stacks.
  public var brokenPhases: [(number: Int, figure: MemoryLimit.Figure, window: Range<UInt64>)] {
    limits.enumerated().compactMap { number, limit in
      guard limit.isBroken, let phase = limit.limit.phase,
        let window = phases.window(of: phase, costliestIn: limit.limit.figure)
      else { return nil }
      return (number, limit.limit.figure, window)
    }
  }

  /// Takes the blocks of the phase that a limit, by its number, is about.
  public mutating func show(_ blocks: AnalyzedTrace, for number: Int) {
    phaseTraces[number] = blocks
  }

  /// What all limits come to. What is missing in the trace makes every figure unsure.
  public var verdict: Verdict {
    if !reasons.isEmpty { return .unknown }
    return limits.contains(where: \.isBroken) ? .broken : .kept
  }

  /// Why the limits cannot be judged, in sentences; empty if they can.
  var reasons: [String] {
    let missing: Set<Notice.Kind> = [.damage, .lostEvents, .noEvents, .recordingStopped]
    var reasons = trace.notices.filter {
      missing.contains($0.kind) || $0.kind == .notClosed && trace.profile.process.isBeingRecorded
    }.map(\.message)
    for limit in limits where limit.value == nil {
      if let phase = limit.limit.phase {
        reasons.append(phases.reason(whyNot: phase))
        continue
      }
      reasons.append(
        limit.limit.figure == .resident && trace.profile.traceCount > 1
          ? "Resident memory is known of single processes only: name the trace of one."
          : "The trace does not say how much was \(limit.limit.figure.rawValue).")
    }
    for limit in limits where limit.isUnsure {
      reasons.append(
        "The \(limit.limit.figure.rawValue) of all processes together is known to be \(measured(limit)) "
          + "only.")
    }
    return reasons
  }

  // MARK: Text

  /// Writes the limits as a table, then the stacks of those that are broken.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n")
    var table = TextTable([
      ("limit", .left), ("at most", .right), ("measured", .right), ("", .left),
    ])
    for limit in limits {
      table.add([
        SafeText.sanitized(limit.limit.name), mostText(limit),
        measured(limit), verdictText(limit),
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
    output.write("\n")
    for line in TextWrap.lines(of: sentence, columns: style.width - 4) {
      output.write("  \(line)\n")
    }
    var shown: [PresentedStack.ID: String] = [:]
    for (number, limit) in limits.enumerated() where limit.isBroken {
      guard let kind = limit.limit.figure.kind else { continue }
      let trace = culprits(of: number)
      RankingText(kind: kind, trace: trace, style: style).write(
        trace.stacks.ranked(by: kind, limit: stacksShown), label: limit.limit.figure.rawValue,
        shown: &shown, to: &output)
    }
  }

  private var sentence: String {
    let broken = limits.filter(\.isBroken).count
    switch verdict {
    case .unknown: return "This cannot be judged. " + reasons.joined(separator: " ")
    case .kept:
      return limits.count == 1 ? "The limit is kept." : "All \(limits.count) limits are kept."
    case .broken:
      if limits.count == 1 { return "The limit is broken." }
      return "\(broken) of \(limits.count) limits \(broken == 1 ? "is" : "are") broken."
    }
  }

  /// What the trace has of a figure; of several processes' peak two bounds.
  func measured(_ limit: MeasuredLimit) -> String {
    guard let value = limit.value else { return "unknown" }
    let least = amount(value, limit.limit.figure)
    guard let most = limit.mostValue.map({ amount($0, limit.limit.figure) }), most != least else {
      return least
    }
    return "\(least) to \(most)"
  }

  private func amount(_ value: Int, _ figure: MemoryLimit.Figure) -> String {
    figure.isBytes ? Quantity.bytes(value) : Quantity.grouped(value)
  }

  func mostText(_ limit: MeasuredLimit) -> String {
    let most = amount(limit.most, limit.limit.figure)
    guard case .percentOfAllocations(let percent) = limit.limit.most else { return most }
    return "\(most) (\(Quantity.fixed(percent, decimals: 1)) %)"
  }

  private func verdictText(_ limit: MeasuredLimit) -> String {
    guard let value = limit.value else { return "" }
    guard limit.isBroken else { return limit.isUnsure ? "" : "kept" }
    return "broken, \(amount(value - limit.most, limit.limit.figure)) more"
  }

  /// The trace whose stacks make up the figure of the limit with a number.
  private func culprits(of number: Int) -> AnalyzedTrace {
    if let blocks = phaseTraces[number] { return blocks }
    if let blocks = limits[number].limit.function.flatMap({ functions[$0] }) {
      return limits[number].limit.figure == .leaked
        ? SuppressedLeaks(blocks, suppressions).trace : blocks
    }
    return limits[number].limit.figure == .leaked ? leaks.trace : trace
  }

  /// The innermost frame of the program's own, on the stack that costs most of a broken limit.
  func culprit(of number: Int) -> PresentedFrame? {
    guard let kind = limits[number].limit.figure.kind else { return nil }
    let trace = culprits(of: number)
    guard let stack = trace.stacks.ranked(by: kind, limit: 1).first else { return nil }
    let frames = trace.stacks.frames(of: stack)
    return frames.first { !$0.isLibrary } ?? frames.first
  }

  // MARK: JSON

  /// Writes the verdict and the limits, with the stacks of those that are broken.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-check", trace, analyzerVersion, to: &json)
      json.member("verdict", verdict.rawValue)
      json.array("limits") { json in
        for (number, limit) in limits.enumerated() {
          let figure = limit.limit.figure
          json.object { json in
            json.member("figure", figure.rawValue)
            json.member("phase", limit.limit.phase)
            json.member("function", limit.limit.function)
            json.member("unit", figure.isBytes ? "bytes" : "allocations")
            json.member("limit", limit.most)
            json.member("value", optional: limit.value)
            if let most = limit.mostValue { json.member("mostValue", most) }
            json.member("broken", limit.isBroken)
            guard limit.isBroken, let kind = figure.kind else { return }
            let trace = culprits(of: number)
            ReportJSON.stacks(
              "stacks", trace.stacks.ranked(by: kind, limit: stacksShown), of: trace, to: &json)
          }
        }
      }
      ReportJSON.notices(trace.notices, to: &json)
    }
    json.finish()
  }
}
