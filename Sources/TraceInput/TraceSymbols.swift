import TraceFormat

/// What a trace says of its own code: symbols that were bundled with it, and the map of code that
/// was compiled at run time.
public struct TraceSymbols: Sendable {
  /// Nil if the trace carries none.
  public private(set) var symbols: RecordedSymbols?
  /// The text of the process's perf map; nil if it had none.
  public var codeMap: [UInt8]?

  /// Reads the chunks that hold symbols, and of all others the headers. Damaged ones are passed
  /// over: whoever reads the trace itself reports them.
  ///
  /// - Throws: `TraceError` of kind `unreadable` only.
  public init(_ file: TraceFile) throws(TraceError) {
    var walker = ChunkWalker(file)
    let payloads = PayloadReader()
    var budget = UnpackedBudget(file.source, bytes: UnpackedBudget.symbolBytes)
    while let chunk = try walker.next() {
      guard chunk.kind == .symbols || chunk.kind == .codeMap else { continue }
      do throws(TraceError) {
        try budget.take(chunk.payloadBytes, for: chunk)
        let bytes = try payloads.read(chunk, of: file.source)
        if chunk.kind == .codeMap {
          codeMap = (codeMap ?? []) + bytes
        } else {
          add(try RecordedSymbols.decode(bytes))
        }
      } catch {
        if error.kind == .unreadable { throw error.named(file.source.name) }
      }
    }
  }

  private mutating func add(_ more: RecordedSymbols) {
    guard var all = symbols else {
      symbols = more
      return
    }
    symbols = nil
    all.addresses += more.addresses
    all.modules += more.modules
    symbols = all
  }
}
