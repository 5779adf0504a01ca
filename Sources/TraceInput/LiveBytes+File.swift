import CTraceFormat
import TraceFormat

extension LiveBytes {
  /// Opens the live file beside a trace.
  ///
  /// - Throws: `TraceError` of kind `unreadable`, which says what is missing.
  static func open(_ name: String, of header: TraceHeader, beside path: String) throws(TraceError)
    -> LiveBytes
  {
    guard let livePath = livePath(name, beside: path) else {
      throw lack(path, "the name of its live file is none that a recorder gives")
    }
    let source: FileSource
    do throws(TraceError) {
      source = try FileSource(path: livePath, opening: .live)
    } catch {
      throw lack(path, "its live file \(name), which holds the last events, \(error.cause)")
    }
    guard try nonce(of: source) == header.nonce, !header.nonce.isEmpty else {
      throw lack(path, "\(name) beside it is the live file of another trace")
    }
    return LiveBytes(source: source, range: 0..<source.byteCount, fileName: name)
  }

  /// Whether a recorder may still write to the live file beside a trace.
  static func isLocked(_ name: String, beside path: String) -> Bool {
    guard let livePath = livePath(name, beside: path),
      let source = try? FileSource(path: livePath, opening: .live)
    else { return false }
    return source.isLocked
  }

  /// A trace is not to be believed where it names other places: `nil`.
  private static func livePath(_ name: String, beside path: String) -> String? {
    guard !name.contains("/"), name.hasSuffix(".live"), name.hasPrefix(".") else { return nil }
    return (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + name
  }

  private static func lack(_ path: String, _ cause: String) -> TraceError {
    TraceError(kind: .unreadable, file: path, cause: cause)
  }

  private static func nonce(of source: FileSource) throws(TraceError) -> [UInt8] {
    let size = Int(MT_NONCE_BYTES)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    let place = MemoryLayout<mt_live_header>.offset(of: \.nonce) ?? 0
    return Array(buffer.prefix(try source.read(at: UInt64(place), into: buffer)))
  }
}
