import Aggregation
import Glibc
import Symbolization
import TraceFormat
import TraceInput

/// Makes the symbolizer for a trace or a group of them: from the symbols and the code maps that they
/// carry, and from the files of this machine.
enum TraceSymbolizer {
  /// Bounds how much later than its trace says a process may have written its code map.
  private static let slackNanoseconds: Int64 = 1_000_000_000

  /// The symbolizer for the modules of the trace at a path, which lasted until `duration`. With
  /// `namesPackages` it says in which packages missing symbols are.
  ///
  static func make(
    _ path: String, modules: [Module], durationNanoseconds duration: UInt64,
    _ presentation: StackPresentation, namesPackages: Bool = false
  ) throws(TraceError) -> any Symbolizing {
    let carried = try carried(path, duration)
    var options = presentation.symbolizer
    options.namesPackages = namesPackages
    options.codeMaps[nil] = presentation.codeMap ?? carried.codeMap
    let symbolizer = Symbolizer(modules: modules.map(ModuleImage.init), options: options)
    guard let recorded = carried.symbols else { return symbolizer }
    return RecordedSymbolizer(
      recorded.framesByAddress, diagnostics: recorded.diagnostics(modules),
      readsLines: options.readsLines, rest: symbolizer)
  }

  /// The symbolizer for the combined profile of a group.
  static func make(
    _ group: ProfileGroup, _ presentation: StackPresentation
  ) throws(TraceError) -> any Symbolizing {
    var options = presentation.symbolizer
    var recorded = GroupSymbols()
    for member in group.members {
      let own = try carried(member.path, member.process.durationNanoseconds)
      options.codeMaps[ModuleImage.ID(member.code.outside.rawValue)] =
        presentation.codeMap ?? own.codeMap
      if let symbols = own.symbols { recorded.add(symbols, at: member.code) }
    }
    let modules = group.profile.modules
    let symbolizer = Symbolizer(modules: modules.map(ModuleImage.init), options: options)
    guard !recorded.framesByAddress.isEmpty else { return symbolizer }
    return RecordedSymbolizer(
      recorded.framesByAddress, diagnostics: recorded.diagnostics(modules),
      readsLines: options.readsLines, rest: symbolizer)
  }

  /// What a trace itself says of its code, with the code map that its process may have left behind.
  private static func carried(_ path: String, _ duration: UInt64) throws(TraceError) -> TraceSymbols
  {
    let file = try TraceFile(path: path)
    var carried = try TraceSymbols(file)
    if carried.codeMap == nil { carried.codeMap = leftBehind(by: file.header, path, duration) }
    return carried
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
