import Glibc
import Symbolization
import TraceFormat
import TraceInput

/// Makes the symbolizer for one trace: from the symbols and the code map that it carries, and from
/// the files of this machine.
enum TraceSymbolizer {
  /// Bounds how much later than its trace says a process may have written its code map.
  private static let slackNanoseconds: Int64 = 1_000_000_000

  /// The symbolizer for the modules of the trace at a path, which lasted until `duration`.
  ///
  /// - Throws: `CommandFailure` if the code map named cannot be read; `TraceError`.
  static func make(
    _ path: String, modules: [Module], durationNanoseconds duration: UInt64,
    _ symbols: SymbolOptions
  ) throws -> any Symbolizing {
    let file = try TraceFile(path: path)
    let carried = try TraceSymbols(file)
    var options = try symbols.symbolizerOptions()
    if options.codeMap == nil {
      options.codeMap = carried.codeMap ?? leftBehind(by: file.header, path, duration)
    }
    let symbolizer = Symbolizer(modules: modules.map(ModuleImage.init), options: options)
    guard let recorded = carried.symbols else { return symbolizer }
    return RecordedSymbolizer(
      recorded.framesByAddress, diagnostics: recorded.diagnostics(modules),
      readsLines: options.readsLines, rest: symbolizer)
  }

  /// The code map of a process that was killed before it could be put into the trace.
  private static func leftBehind(
    by header: TraceHeader, _ path: String, _ duration: UInt64
  ) -> [UInt8]? {
    var status = stat()
    guard !header.isClosed, stat(path, &status) == 0 else { return nil }
    let start = header.startRealtimeNanoseconds
    let end = start.addingReportingOverflow(Int64(clamping: duration)).partialValue
    guard start > slackNanoseconds, end >= start, end < .max - slackNanoseconds else { return nil }
    return CodeMapFile.text(
      ofProcess: header.pid, owner: status.st_uid,
      writtenIn: start - slackNanoseconds...end + slackNanoseconds)
  }
}
