import TraceFormat

/// Bytes of a trace, wherever they stand: a file, or memory.
///
/// A source may be used from several threads at once. It must not be a memory mapping of a file
/// that someone may cut: reading it would end the analyzer with SIGBUS.
public protocol TraceSource: Sendable {
  /// Path for messages, empty if there is none.
  var name: String { get }
  var byteCount: UInt64 { get }

  /// What it takes on disk, in bytes: the trace of a program that was killed has a hole.
  var storedByteCount: UInt64 { get }

  /// Fills the buffer from the given offset; returns the bytes read, fewer only at the end.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TraceError) -> Int
}

extension TraceSource {
  public var storedByteCount: UInt64 { byteCount }
}
