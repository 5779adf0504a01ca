import CTraceFormat
import Glibc

/// Makes one file again of the trace of a program that did not end in good order: what its live file
/// holds goes to the trace's end, and the live file goes.
enum TraceCompletion {
  private static let blockBytes = 64 << 10

  /// Puts the live file beside the trace at `path` into it. Does nothing if the trace is whole, is still
  /// written to, or lacks its live file; the analyzer reads the two as well.
  static func complete(_ path: String) {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard FileLock.take(descriptor), fstat(descriptor, &status) == 0,
      var header = FileHeader(descriptor), let name = header.liveName
    else { return }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let livePath = folder + name
    guard let live = LiveFile(path: livePath), !live.isInUse,
      live.nonce == header.nonce
    else { return }
    let place = mt_live_region_place(UInt64(status.st_size), header.pageBytes)
    guard let bytes = copy(livePath, to: place, of: descriptor) else {
      ftruncate(descriptor, status.st_size)  // a full disk: two files are as good
      return
    }
    header.takeLiveRegionIn(at: place, bytes: bytes)
    guard header.write(to: descriptor) else { return }
    unlink(livePath)
  }

  /// Copies the file at `path` to a place of another, blocks of zeros as holes; its length, or nil if
  /// that failed.
  private static func copy(_ path: String, to place: UInt64, of target: Int32) -> UInt64? {
    let source = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard source >= 0 else { return nil }
    defer { close(source) }
    var buffer = [UInt8](repeating: 0, count: blockBytes)
    var offset: UInt64 = 0
    while true {
      let count = buffer.withUnsafeMutableBytes {
        pread(source, $0.baseAddress, $0.count, off_t(offset))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      if buffer.prefix(count).contains(where: { $0 != 0 }) {
        let written = buffer.withUnsafeBytes {
          pwrite(target, $0.baseAddress, count, off_t(place + offset))
        }
        guard written == count else { return nil }
      }
      offset += UInt64(count)
    }
    return ftruncate(target, off_t(place + offset)) == 0 ? offset : nil
  }
}

/// The file header of an unclosed trace with a live file beside it.
private struct FileHeader {
  private var bytes: [UInt8]

  init?(_ descriptor: Int32) {
    bytes = [UInt8](repeating: 0, count: Int(MT_FILE_HEADER_BYTES))
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    let fields = self.fields
    guard count >= MemoryLayout<mt_file_header>.size,
      withUnsafeBytes(of: fields.magic, { $0.elementsEqual(MT_FILE_MAGIC.utf8) }),
      fields.version_major == MT_FORMAT_VERSION_MAJOR, fields.closed == 0,
      fields.flags & MT_FILE_LIVE_BESIDE.rawValue != 0, fields.page_bytes.nonzeroBitCount == 1,
      Int(fields.extension_bytes) <= bytes.count - Int(MT_V1_FILE_HEADER_BYTES)
    else { return nil }
  }

  private var fields: mt_file_header {
    bytes.withUnsafeBytes { $0.loadUnaligned(as: mt_file_header.self) }
  }

  var pageBytes: UInt64 { UInt64(fields.page_bytes) }
  var nonce: [UInt8] { withUnsafeBytes(of: fields.nonce) { Array($0) } }

  /// The live file's name, if it is one that leads nowhere else.
  var liveName: String? {
    let name = withUnsafeBytes(of: fields.live_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return name.hasPrefix(".") && name.hasSuffix(".live") && !name.contains("/") ? name : nil
  }

  mutating func takeLiveRegionIn(at place: UInt64, bytes count: UInt64) {
    bytes.withUnsafeMutableBytes { buffer in
      buffer.withMemoryRebound(to: mt_file_header.self) { headers in
        guard let header = headers.baseAddress else { return }
        mt_take_live_region_in(header, place, count)
        mt_seal_file_header(header)
      }
    }
  }

  func write(to descriptor: Int32) -> Bool {
    let end = Int(MT_V1_FILE_HEADER_BYTES) + Int(fields.extension_bytes)
    return bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, end, 0) } == end
  }
}
