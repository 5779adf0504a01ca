import Aggregation

/// The first lines of every report but the summary: which trace this is, and what is wrong with
/// it.
enum ReportHeading {
  static func write(
    _ trace: AnalyzedTrace, to output: inout some TextOutputStream, style: TextStyle
  ) {
    let process = trace.profile.process
    let command = NameShortener(columns: style.width - 24)
      .shortened(SafeText.sanitized(ProcessText.name(of: process)))
    output.write(
      "\(style.title(command)) (pid \(process.pid)) "
        + "\(ProcessText.endingAndDuration(of: process))\n")
    writeFilter(of: trace, to: &output, style: style)
    NoticeText.write(
      trace.notices.filter { $0.severity != .note }, to: &output, style: style)
  }

  /// Which blocks the report is about, if not all.
  static func writeFilter(
    of trace: AnalyzedTrace, to output: inout some TextOutputStream, style: TextStyle
  ) {
    guard let sentence = trace.filterSentence else { return }
    for line in TextWrap.lines(of: SafeText.sanitized(sentence), columns: style.width) {
      output.write(style.strong(line) + "\n")
    }
  }
}
