import CTraceFormat

extension TraceHeader {
  /// The newest format whose traces this version reads.
  public static let supportedMajor = Int(MT_FORMAT_VERSION_MAJOR)

  /// Reads the header from a file's first bytes, as many as there are of 4,096.
  ///
  /// - Throws: `TraceError` that tells an empty or foreign file, a newer version, a truncated and
  ///   a damaged trace apart.
  public init(bytes: UnsafeRawBufferPointer) throws(TraceError) {
    guard !bytes.isEmpty else { throw TraceError(kind: .notATrace, cause: "the file is empty") }
    let magic = Array(MT_FILE_MAGIC.utf8)
    guard bytes.prefix(magic.count).elementsEqual(magic) else {
      throw TraceError(
        kind: .notATrace, cause: "it does not begin with the bytes \"\(MT_FILE_MAGIC)\"")
    }
    // Sizes from here on belong to a version: a newer one may have other ones.
    if bytes.count >= magic.count + 2 {
      let major = Int(bytes.loadUnaligned(fromByteOffset: magic.count, as: UInt16.self))
      guard major <= Self.supportedMajor else {
        throw TraceError(
          kind: .newerVersion(major: major, supported: Self.supportedMajor),
          offset: UInt64(magic.count), cause: "format version \(major)")
      }
    }
    guard bytes.count >= MemoryLayout<mt_file_header>.size else {
      throw TraceError(
        kind: .truncated, offset: UInt64(bytes.count),
        cause: "the file ends within its header")
    }
    let header = bytes.loadUnaligned(as: mt_file_header.self)
    guard header.header_crc == Self.checksum(of: header) else {
      throw TraceError(kind: .damaged, cause: "the file header does not match its checksum")
    }
    guard header.version_major > 0, header.pointer_bytes == 8, header.address_shift < 12,
      header.header_bytes >= UInt32(MemoryLayout<mt_file_header>.size),
      header.header_bytes.isMultiple(of: 8)
    else {
      throw TraceError(kind: .damaged, cause: "the file header has values no recorder writes")
    }
    self.init(header)
  }

  private init(_ header: mt_file_header) {
    versionMajor = Int(header.version_major)
    versionMinor = Int(header.version_minor)
    headerBytes = UInt64(header.header_bytes)
    machine = header.machine
    addressShift = header.address_shift
    pid = header.pid
    parentPID = header.parent_pid
    processStartTicks = header.process_start_ticks
    rootPID = header.root_pid
    rootStartTicks = header.root_start_ticks
    origin =
      switch header.image {
      case MT_IMAGE_START.rawValue: .start
      case MT_IMAGE_EXEC.rawValue: .exec
      case MT_IMAGE_FORK.rawValue: .fork
      default: .other(header.image)
      }
    startRealtimeNanoseconds = header.start_realtime_ns
    startMonotonicNanoseconds = header.start_monotonic_ns
    pageBytes = header.page_bytes
    program = withUnsafeBytes(of: header.program) { String(paddedWithNUL: $0) }
    isClosed = header.closed != 0
    liveOffset = header.live_offset
    liveBytes = header.live_bytes
    chunkEnd = header.chunk_end
  }

  private static func checksum(of header: mt_file_header) -> UInt32 {
    var covered = header
    covered.header_crc = 0
    return withUnsafeBytes(of: covered) { bytes in
      mt_crc32c(0, bytes.baseAddress, MemoryLayout<mt_file_header>.offset(of: \.closed) ?? 0)
    }
  }
}
