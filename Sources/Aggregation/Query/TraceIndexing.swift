import HeapModel
import TraceFormat
import TraceInput

/// Gives long traces an index: checkpoints of the live blocks, at which a query of a window begins
/// instead of at the trace's start. What a report says does not depend on it.
public enum TraceIndexing {
  public enum Outcome: Sendable, Hashable {
    case added(checkpoints: Int, bytes: UInt64)
    /// The trace has one already.
    case present
    /// Replaying the whole trace takes no time worth an index.
    case needless
  }

  /// Adds an index to the trace at a path, at the end of the file. If anything fails, the trace is
  /// as it was.
  ///
  /// - Throws: `TraceError`: of kind `unreadable` if the file cannot be read or written or was not
  ///   closed, of kind `damaged` if the trace is damaged.
  public static func addIndex(
    toTraceAt path: String, progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> Outcome {
    let file = try TraceFile(path: path)
    guard try TraceIndex(file).isEmpty else { return .present }
    let appender = try TraceAppender(file)
    let checkpoints = try TraceIndexer(file).build { bytes, events in
      progress?(
        LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
    } emit: { type, payload throws(TraceError) in
      try appender.append(type, payload)
    }
    guard checkpoints > 0 else { return .needless }
    try appender.finish()
    return .added(checkpoints: checkpoints, bytes: appender.addedBytes)
  }
}
