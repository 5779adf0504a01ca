import Glibc

/// The bytes of a file, read as the little-endian fields of an ELF file. Whatever lies outside of the
/// file reads as nothing.
struct ELFBytes {
  private let bytes: UnsafeRawBufferPointer

  var count: Int { bytes.count }

  /// Calls `body` with the file at `path`; nil if it cannot be mapped.
  static func withFile<Result>(_ path: String, _ body: (ELFBytes) -> Result) -> Result? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
    let count = Int(status.st_size)
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { return nil }
    defer { munmap(start, count) }
    return body(ELFBytes(bytes: UnsafeRawBufferPointer(start: start, count: count)))
  }

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// Whether a text stands at an offset, with the NUL behind it.
  func isText(_ name: String, at start: Int) -> Bool {
    let wanted = Array(name.utf8) + [0]
    guard start <= bytes.count - wanted.count else { return false }
    return bytes[start..<start + wanted.count].elementsEqual(wanted)
  }

  func offset(_ base: UInt64, plus distance: Int) -> Int? {
    guard let base = Int(exactly: base) else { return nil }
    let sum = base.addingReportingOverflow(distance)
    return sum.overflow || sum.partialValue < 0 ? nil : sum.partialValue
  }

  func number<Value: FixedWidthInteger>(at start: Int, as type: Value.Type) -> Value? {
    guard start >= 0, start <= bytes.count - MemoryLayout<Value>.size else { return nil }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
  }

  /// The text at an offset, up to the NUL behind it.
  func text(at start: Int) -> String? {
    guard start >= 0, start < bytes.count else { return nil }
    let text = bytes[start...].prefix { $0 != 0 }
    return text.endIndex < bytes.endIndex ? String(decoding: text, as: UTF8.self) : nil
  }
}
