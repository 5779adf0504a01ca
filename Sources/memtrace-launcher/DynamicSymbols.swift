import Glibc

/// The dynamic symbols of a 64-bit little-endian ELF file (see elf(5)): what it offers to the
/// libraries loaded with it. Whatever does not fit the file reads as nothing.
struct DynamicSymbols {
  private let bytes: UnsafeRawBufferPointer

  /// Calls `body` with the symbols of the file at `path`; nil if it cannot be mapped.
  static func withFile<Result>(_ path: String, _ body: (DynamicSymbols) -> Result) -> Result? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
    let count = Int(status.st_size)
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { return nil }
    defer { munmap(start, count) }
    return body(DynamicSymbols(bytes: UnsafeRawBufferPointer(start: start, count: count)))
  }

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// Whether the file itself defines the function `name`, for all that are loaded with it.
  func defines(_ name: String) -> Bool { contains(name, defined: true) }

  /// Whether the file defines the function `name` or calls it.
  func mentions(_ name: String) -> Bool { contains(name, defined: false) }

  private func contains(_ name: String, defined: Bool) -> Bool {
    let sections = number(at: 40, as: UInt64.self) ?? 0
    let count = Int(number(at: 60, as: UInt16.self) ?? 0)
    let dynamicSymbols: UInt32 = 11
    for index in 0..<count {
      guard let section = offset(sections, plus: index * 64),
        number(at: section + 4, as: UInt32.self) == dynamicSymbols,
        let table = number(at: section + 24, as: UInt64.self),
        let tableBytes = number(at: section + 32, as: UInt64.self),
        let link = number(at: section + 40, as: UInt32.self),
        let stringSection = offset(sections, plus: Int(link) * 64),
        let strings = number(at: stringSection + 24, as: UInt64.self)
      else { continue }
      let symbols = min(tableBytes, UInt64(bytes.count)) / 24
      return (0..<Int(symbols)).contains { index in
        guard let symbol = offset(table, plus: index * 24),
          let place = number(at: symbol + 6, as: UInt16.self), place != 0 || !defined,
          let nameOffset = number(at: symbol, as: UInt32.self),
          let text = offset(strings, plus: Int(nameOffset))
        else { return false }
        return isText(name, at: text)
      }
    }
    return false
  }

  private func isText(_ name: String, at start: Int) -> Bool {
    let wanted = Array(name.utf8) + [0]
    guard start <= bytes.count - wanted.count else { return false }
    return bytes[start..<start + wanted.count].elementsEqual(wanted)
  }

  private func offset(_ base: UInt64, plus distance: Int) -> Int? {
    guard let base = Int(exactly: base) else { return nil }
    let sum = base.addingReportingOverflow(distance)
    return sum.overflow || sum.partialValue < 0 ? nil : sum.partialValue
  }

  private func number<Value: FixedWidthInteger>(at start: Int, as type: Value.Type) -> Value? {
    guard start >= 0, start <= bytes.count - MemoryLayout<Value>.size else { return nil }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
  }
}
