// The header of a line program: its parameters, and the tables of directories and files.

/// One unit's line program header (DWARF 5, section 6.2.4; older ones by their own rules).
struct LineProgramHeader {
  private struct File {
    let name: UnsafeRawBufferPointer
    let directory: UInt64
  }

  let instructionBytes: UInt64
  let operationsMax: UInt64
  let lineBase: Int64
  let lineRange: UInt64
  let opcodeBase: UInt64
  /// By opcode: the number of LEB128 arguments; entry 0 is unused.
  let argumentCounts: [UInt8]
  /// The program itself, cut off at the unit's end.
  let program: SectionReader
  private let version: UInt16
  private let compilationDirectory: String?
  private let directories: [UnsafeRawBufferPointer]
  private let files: [File]

  /// Reads a header; `nil` when it is damaged or of an unknown version.
  init?(
    _ sections: LineProgram.Sections, at offset: Int, compilationDirectory: String?
  ) {
    var reader = SectionReader(sections.lines, at: offset)
    var length = UInt64(reader.integer(UInt32.self))
    let is64Bit = length == 0xffff_ffff
    if is64Bit { length = reader.integer(UInt64.self) }
    guard length <= UInt64(reader.remaining) else { return nil }
    reader = reader.limited(to: reader.offset + Int(length))

    version = reader.integer(UInt16.self)
    guard (2...5).contains(version) else { return nil }
    if version >= 5 { reader.skip(2) }  // sizes of an address and of a segment selector
    let headerBytes = reader.sectionOffset(is64Bit: is64Bit)
    guard headerBytes <= UInt64(reader.remaining) else { return nil }
    let programStart = reader.offset + Int(headerBytes)
    instructionBytes = UInt64(reader.integer(UInt8.self))
    operationsMax = version >= 4 ? UInt64(reader.integer(UInt8.self)) : 1
    reader.skip(1)  // whether rows are statements by default
    lineBase = Int64(reader.integer(Int8.self))
    lineRange = UInt64(reader.integer(UInt8.self))
    opcodeBase = UInt64(reader.integer(UInt8.self))
    guard lineRange > 0, opcodeBase > 0 else { return nil }
    var counts: [UInt8] = [0]
    for _ in 1..<max(opcodeBase, 1) { counts.append(reader.integer(UInt8.self)) }
    argumentCounts = counts

    let context = TableContext(sections: sections, is64Bit: is64Bit)
    if version >= 5 {
      directories = Self.entries(&reader, context).map(\.name)
      files = Self.entries(&reader, context)
    } else {
      directories = Self.oldDirectories(&reader)
      files = Self.oldFiles(&reader)
    }
    guard !reader.hasFailed else { return nil }
    reader.seek(to: programStart)
    program = reader
    self.compilationDirectory = compilationDirectory
  }

  /// The path of a file of the table, made absolute as far as the unit says where it was compiled.
  func path(ofFile number: UInt64) -> String? {
    // Before DWARF 5 files count from 1.
    let index = version >= 5 ? number : number &- 1
    guard index < UInt64(files.count) else { return nil }
    let file = files[Int(index)]
    let name = String(decoding: file.name, as: UTF8.self)
    guard !name.isEmpty else { return nil }
    // "<compiler-generated>", "<artificial>": in no directory.
    if name.hasPrefix("<") { return name }
    return Self.joined([compilationDirectory, rootDirectory, directory(file.directory), name])
  }

  /// In DWARF 5 entry 0 is the directory of the compilation.
  private var rootDirectory: String? {
    version >= 5 ? directories.first.map { String(decoding: $0, as: UTF8.self) } : nil
  }

  private func directory(_ number: UInt64) -> String? {
    let index = version >= 5 ? number : number &- 1
    guard index < UInt64(directories.count), !(version >= 5 && index == 0) else { return nil }
    return String(decoding: directories[Int(index)], as: UTF8.self)
  }

  /// Later parts are relative to earlier ones unless they are absolute.
  private static func joined(_ parts: [String?]) -> String {
    var path = ""
    for case let part? in parts where !part.isEmpty && part != "." {
      if part.hasPrefix("/") || path.isEmpty {
        path = part
      } else {
        let bare = part.hasPrefix("./") ? part.dropFirst(2) : part[...]
        path += path.hasSuffix("/") ? bare : "/" + bare
      }
    }
    return path
  }

  // MARK: Tables before DWARF 5

  private static func oldDirectories(_ reader: inout SectionReader) -> [UnsafeRawBufferPointer] {
    var directories: [UnsafeRawBufferPointer] = []
    while !reader.hasFailed {
      let name = reader.text()
      if name.isEmpty { break }
      directories.append(name)
    }
    return directories
  }

  private static func oldFiles(_ reader: inout SectionReader) -> [File] {
    var files: [File] = []
    while !reader.hasFailed {
      let name = reader.text()
      if name.isEmpty { break }
      files.append(File(name: name, directory: reader.unsignedLEB()))
      _ = reader.unsignedLEB()  // modification time
      _ = reader.unsignedLEB()  // size
    }
    return files
  }

  // MARK: Tables of DWARF 5

  private struct TableContext {
    let sections: LineProgram.Sections
    let is64Bit: Bool
  }

  private static func entries(
    _ reader: inout SectionReader, _ context: TableContext
  ) -> [File] {
    var formats: [(content: UInt64, form: UInt64)] = []
    for _ in 0..<reader.integer(UInt8.self) {
      formats.append((reader.unsignedLEB(), reader.unsignedLEB()))
    }
    let count = reader.unsignedLEB()
    var entries: [File] = []
    guard !formats.isEmpty else { return entries }
    // An entry takes at least a byte, so a count that lies ends with the section.
    for _ in 0..<min(count, UInt64(reader.remaining)) where !reader.hasFailed {
      var name = UnsafeRawBufferPointer(start: nil, count: 0)
      var directory: UInt64 = 0
      for (content, form) in formats {
        switch content {
        case 1: name = text(&reader, form: form, context)
        case 2: directory = number(&reader, form: form)
        default: skip(&reader, form: form, context)
        }
      }
      entries.append(File(name: name, directory: directory))
    }
    return entries
  }

  private static func text(
    _ reader: inout SectionReader, form: UInt64, _ context: TableContext
  ) -> UnsafeRawBufferPointer {
    switch form {
    case 0x08: return reader.text()
    case 0x0e, 0x1f:  // an offset into .debug_str, into .debug_line_str
      let offset = reader.sectionOffset(is64Bit: context.is64Bit)
      let section = form == 0x0e ? context.sections.strings : context.sections.lineStrings
      guard offset < UInt64(section.count) else { break }
      var strings = SectionReader(section, at: Int(offset))
      return strings.text()
    default: skip(&reader, form: form, context)
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }

  private static func number(_ reader: inout SectionReader, form: UInt64) -> UInt64 {
    switch form {
    case 0x0b: return UInt64(reader.integer(UInt8.self))
    case 0x05: return UInt64(reader.integer(UInt16.self))
    case 0x06: return UInt64(reader.integer(UInt32.self))
    case 0x07: return reader.integer(UInt64.self)
    case 0x0f: return reader.unsignedLEB()
    default:
      reader.skip(UInt64.max)
      return 0
    }
  }

  private static func skip(
    _ reader: inout SectionReader, form: UInt64, _ context: TableContext
  ) {
    switch form {
    case 0x08: _ = reader.text()
    case 0x0e, 0x1f, 0x17, 0x1d: _ = reader.sectionOffset(is64Bit: context.is64Bit)
    case 0x1e: reader.skip(16)
    case 0x09: reader.skip(reader.unsignedLEB())
    case 0x0a: reader.skip(UInt64(reader.integer(UInt8.self)))
    default: _ = number(&reader, form: form)
    }
  }
}
