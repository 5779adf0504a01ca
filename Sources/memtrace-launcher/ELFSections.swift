/// The sections of a 64-bit little-endian ELF file (see elf(5)) by name, and what it asks the loader
/// for. Whatever does not fit the file reads as nothing.
struct ELFSections {
  private let file: ELFBytes
  private let headers: [(name: String, start: UInt64, bytes: UInt64, link: Int)]

  init(_ file: ELFBytes) {
    self.file = file
    let table = file.number(at: 40, as: UInt64.self) ?? 0
    let count = Int(file.number(at: 60, as: UInt16.self) ?? 0)
    let names = Int(file.number(at: 62, as: UInt16.self) ?? 0)
    func header(_ index: Int) -> Int? { file.offset(table, plus: index * 64) }
    let strings = header(names).flatMap { file.number(at: $0 + 24, as: UInt64.self) } ?? 0
    headers = (0..<count).compactMap { index in
      guard let header = header(index),
        let name = file.number(at: header, as: UInt32.self),
        let start = file.number(at: header + 24, as: UInt64.self),
        let bytes = file.number(at: header + 32, as: UInt64.self),
        let link = file.number(at: header + 40, as: UInt32.self),
        let text = file.offset(strings, plus: Int(name)).flatMap({ file.text(at: $0) })
      else { return nil }
      return (text, start, bytes, Int(link))
    }
  }

  func has(_ name: String) -> Bool { headers.contains { $0.name == name } }

  /// The loader that the program names; nil if it is static.
  var interpreter: String? {
    headers.first { $0.name == ".interp" }
      .flatMap { file.offset($0.start, plus: 0) }.flatMap { file.text(at: $0) }
  }

  /// The libraries that the file asks for (DT_NEEDED).
  var libraries: [String] {
    guard let dynamic = headers.first(where: { $0.name == ".dynamic" }),
      let strings = headers.first(where: { $0.name == ".dynstr" })
    else { return [] }
    let needed: UInt64 = 1
    return (0..<Int(min(dynamic.bytes, 1 << 20) / 16)).compactMap { index in
      guard let entry = file.offset(dynamic.start, plus: index * 16),
        file.number(at: entry, as: UInt64.self) == needed,
        let name = file.number(at: entry + 8, as: UInt64.self), name < strings.bytes
      else { return nil }
      return file.offset(strings.start, plus: Int(name)).flatMap { file.text(at: $0) }
    }
  }

  /// The build id in hexadecimal digits; nil if there is none.
  var buildID: String? {
    guard let note = headers.first(where: { $0.name == ".note.gnu.build-id" }),
      let start = file.offset(note.start, plus: 0),
      let nameBytes = file.number(at: start, as: UInt32.self),
      let bytes = file.number(at: start + 4, as: UInt32.self), bytes <= 64,
      let place = file.offset(UInt64(start + 12), plus: Int(nameBytes + 3) & ~3)
    else { return nil }
    let digits = (0..<Int(bytes)).compactMap { file.number(at: place + $0, as: UInt8.self) }
    guard digits.count == Int(bytes) else { return nil }
    return digits.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
