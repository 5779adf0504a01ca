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
    guard bytes.count >= Int(MT_V1_FILE_HEADER_BYTES) else {
      throw TraceError(
        kind: .truncated, offset: UInt64(bytes.count),
        cause: "the file ends within its header")
    }
    let fixed = bytes.load(
      mt_file_header.self, at: 0, stored: Int(MT_V1_FILE_HEADER_BYTES))
    guard fixed.header_crc == Self.checksum(of: fixed) else {
      throw TraceError(kind: .damaged, cause: "the file header does not match its checksum")
    }
    guard fixed.version_major > 0, fixed.pointer_bytes == 8, fixed.address_shift < 12,
      fixed.header_bytes >= MT_V1_FILE_HEADER_BYTES, fixed.header_bytes.isMultiple(of: 8),
      fixed.page_bytes.nonzeroBitCount == 1
    else {
      throw TraceError(kind: .damaged, cause: "the file header has values no recorder writes")
    }
    self.init(fixed.version_major == 1 ? fixed : try Self.extended(bytes, of: fixed))
  }

  /// The header with its second part, which version 2 added.
  private static func extended(
    _ bytes: UnsafeRawBufferPointer, of fixed: mt_file_header
  ) throws(TraceError) -> mt_file_header {
    let start = Int(MT_V1_FILE_HEADER_BYTES)
    let leastBytes = 8
    guard bytes.count >= start + leastBytes else {
      throw TraceError(
        kind: .truncated, offset: UInt64(bytes.count), cause: "the file ends within its header")
    }
    let stored = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    guard stored >= leastBytes, stored <= Int(fixed.header_bytes) - start else {
      throw TraceError(
        kind: .damaged, offset: UInt64(start),
        cause: "the file header's second part has no possible length")
    }
    guard stored <= bytes.count - start else {
      throw TraceError(
        kind: .truncated, offset: UInt64(bytes.count), cause: "the file ends within its header")
    }
    let header = bytes.load(mt_file_header.self, at: 0, stored: start + stored)
    guard header.extension_crc == extensionChecksum(bytes[start..<start + stored]) else {
      throw TraceError(
        kind: .damaged, offset: UInt64(start),
        cause: "the file header's second part does not match its checksum")
    }
    return header
  }

  /// The checksum of the second part, its own place taken for zero.
  private static func extensionChecksum(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32 {
    var covered = Array(bytes)
    for place in 4..<8 { covered[place] = 0 }
    return covered.withUnsafeBytes { mt_crc32c(0, $0.baseAddress, $0.count) }
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
    let nonce = withUnsafeBytes(of: header.nonce) { Array($0) }
    self.nonce = nonce.allSatisfy { $0 == 0 } ? [] : nonce
    pidNamespace = header.pid_namespace
    let name = withUnsafeBytes(of: header.live_name) { String(paddedWithNUL: $0) }
    liveFileName = header.flags & MT_FILE_LIVE_BESIDE.rawValue != 0 && !name.isEmpty ? name : nil
    let hasLiveRegion = liveFileName != nil || liveBytes > 0
    let isSaidHere = !isClosed && !hasLiveRegion && header.end.reason != MT_END_UNKNOWN.rawValue
    end = isSaidHere ? ProcessEnd(header.end) : nil
  }

  private static func checksum(of header: mt_file_header) -> UInt32 {
    var covered = header
    covered.header_crc = 0
    return withUnsafeBytes(of: covered) { bytes in
      mt_crc32c(0, bytes.baseAddress, MemoryLayout<mt_file_header>.offset(of: \.closed) ?? 0)
    }
  }
}
