import CTraceFormat
import Glibc
import TraceFormat

/// An opened trace: its bytes and its header. Where every reader starts.
public struct TraceFile: Sendable {
  public let source: any TraceSource
  public let header: TraceHeader
  /// Where the live region is read; `nil` if there is none.
  public let live: LiveBytes?
  /// Why the live region cannot be read, if that is so: its file is missing, for one.
  public let missing: TraceDamage?
  /// Whether the process runs and is recorded. Then all that is read is of the moment at which the
  /// trace was opened.
  public let isBeingRecorded: Bool
  /// Event batches after this one are of later moments.
  package let lastBatch: UInt64

  /// How often a running process's live file is looked for anew.
  private static let attempts = 4

  /// Reads and checks the file header. A live file beside the trace is not looked for.
  ///
  /// - Throws: `TraceError`, see `TraceHeader.init(bytes:)`.
  public init(source: any TraceSource) throws(TraceError) {
    try self.init(source: source, header: Self.header(of: source), copy: nil)
  }

  private init(
    source: any TraceSource, header: TraceHeader, copy: LiveCopy?, path: String? = nil,
    isRunning: Bool = false
  ) throws(TraceError) {
    self.source = source
    self.header = header
    var missing: TraceDamage?
    live = copy?.bytes ?? Self.live(of: source, header, path, &missing)
    self.missing = missing
    // The child of a fork has no live region at first.
    isBeingRecorded =
      copy != nil
      || isRunning && !header.isClosed && header.liveFileName == nil && header.liveBytes == 0
    lastBatch = copy?.lastBatch ?? .max
  }

  /// Whether the process's number is one of another pid namespace, a container's for one, and says
  /// nothing here.
  public var isOfOtherPidNamespace: Bool {
    var own = stat()
    guard header.pidNamespace != 0, stat("/proc/self/ns/pid", &own) == 0 else { return false }
    return own.st_ino != header.pidNamespace
  }

  private static func header(of source: any TraceSource) throws(TraceError) -> TraceHeader {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(MT_FILE_HEADER_BYTES), alignment: 8)
    defer { buffer.deallocate() }
    do throws(TraceError) {
      let count = try source.read(at: 0, into: buffer)
      return try TraceHeader(bytes: UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
    } catch {
      throw error.named(source.name)
    }
  }

  /// Opens the trace at a path; of a process that runs, as it is at this moment.
  public init(path: String) throws(TraceError) {
    let source = try FileSource(path: path)
    let header: TraceHeader
    do throws(TraceError) {
      header = try Self.header(of: source)
    } catch {
      throw StoppedTrace.explain(error, path)
    }
    guard !header.isClosed, Self.isInUse(source, header, path) else {
      // It may have been closed after it was opened here.
      let settled = header.isClosed ? source : try FileSource(path: path)
      try self.init(source: settled, header: Self.header(of: settled), copy: nil, path: path)
      return
    }
    try self.init(
      running: source, path: path,
      again: { () throws(TraceError) in try FileSource(path: path) })
  }

  /// Opens the trace of a process that runs. `again` opens it anew: chunks that the copy of the live
  /// region counts on may have come, and the trace may have been closed, since `source` was opened.
  init(
    running source: any TraceSource, path: String? = nil,
    again: () throws(TraceError) -> any TraceSource
  ) throws(TraceError) {
    var source = source
    var header = try Self.header(of: source)
    var copy: LiveCopy?
    for _ in 0..<Self.attempts {
      var missing: TraceDamage?
      copy = nil
      if let live = Self.live(of: source, header, path, &missing) {
        copy = try LiveCopy(live, major: header.versionMajor)
      }
      source = try again()
      let copied = header
      header = try Self.header(of: source)
      if header.isClosed || header.pid != copied.pid { copy = nil }
      // After an exec that failed the process has another live file than before.
      guard !header.isClosed, header.liveFileName != copied.liveFileName else { break }
    }
    try self.init(source: source, header: header, copy: copy, path: path, isRunning: true)
  }

  /// Whether the process that the trace is of can still write to it. Where its file system has no
  /// locks, that it runs is known only if it is among those that can be seen from here.
  private static func isInUse(_ source: FileSource, _ header: TraceHeader, _ path: String) -> Bool {
    if source.isLocked || RunningProcess.exists(header.pid, startTicks: header.processStartTicks) {
      return true
    }
    // The program may have closed the trace's descriptor, if it was among its own.
    guard let name = header.liveFileName else { return false }
    return LiveBytes.isLocked(name, beside: path)
  }

  private static func live(
    of source: any TraceSource, _ header: TraceHeader, _ path: String?,
    _ missing: inout TraceDamage?
  ) -> LiveBytes? {
    if !header.isClosed, let name = header.liveFileName, let path {
      do throws(TraceError) {
        return try LiveBytes.open(name, of: header, beside: path)
      } catch {
        missing = TraceDamage(offset: source.byteCount, cause: error.cause)
        return nil
      }
    }
    let region = liveRegion(of: header)
    guard !header.isClosed, !region.isEmpty, region.lowerBound < source.byteCount else {
      return nil
    }
    return LiveBytes(
      source: source, range: region.lowerBound..<min(region.upperBound, source.byteCount))
  }

  /// Where the live region is in the file itself; empty if the trace has none there.
  public var liveRegion: Range<UInt64> { Self.liveRegion(of: header) }

  private static func liveRegion(of header: TraceHeader) -> Range<UInt64> {
    let start = header.liveOffset
    let (end, overflow) = start.addingReportingOverflow(header.liveBytes)
    guard header.liveBytes > 0, !overflow, start >= header.headerBytes else { return 0..<0 }
    return start..<end
  }

  /// Whether a chunk is the first of an index whose writing was cut short: the header does not count
  /// it yet.
  func isUnfinishedIndex(_ chunk: TraceChunk) -> Bool {
    header.isClosed && chunk.offset == header.chunkEnd && chunk.kind == .checkpoint
  }
}

extension TraceError {
  /// The same error with the file's name, if it has none yet.
  public func named(_ name: String) -> TraceError {
    var error = self
    if error.file.isEmpty { error.file = name }
    return error
  }
}
