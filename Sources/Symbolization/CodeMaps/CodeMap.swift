// Code that was compiled while the program ran has no file. Runtimes list it in
// `/tmp/perf-PID.map`, a line for each function: start and size in hexadecimal, and a name. Node
// (--perf-basic-prof), Python (-X perf) and Java agents write it.

/// The functions of a perf map.
struct CodeMap: Sendable {
  private struct Entry: Sendable {
    let start: UInt64
    let end: UInt64
    /// Where its name stands in the text: 24 bytes an entry, whose line may have six.
    let nameStart: UInt32
    let nameBytes: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameBytes) }
  }

  /// By start; of those with one start, the newest last.
  private let entries: [Entry]
  private let text: [UInt8]

  /// Takes the bytes of a map.
  init(_ text: [UInt8]) {
    var entries: [Entry] = []
    entries.reserveCapacity(text.count { $0 == UInt8(ascii: "\n") } + 1)
    var lineStart = 0
    while lineStart < text.count {
      let lineEnd = text[lineStart...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
      if let entry = Self.entry(text, lineStart..<lineEnd) { entries.append(entry) }
      lineStart = lineEnd + 1
    }
    // Code that replaced other code at the same place comes later in the file.
    entries.sort { ($0.start, $0.nameStart) < ($1.start, $1.nameStart) }
    self.entries = entries
    self.text = text
  }

  /// The frame of the function that holds an address. O(log n).
  func frame(at address: UInt64) -> SourceFrame? {
    guard let index = entries.lastIndex(notAbove: address, by: \.start),
      address < entries[index].end
    else { return nil }
    return CodeMapName.frame(String(decoding: text[entries[index].name], as: UTF8.self))
  }

  private static func entry(_ text: [UInt8], _ line: Range<Int>) -> Entry? {
    var offset = line.lowerBound
    guard let start = hexadecimal(text, &offset, line.upperBound),
      let size = hexadecimal(text, &offset, line.upperBound), size > 0, offset < line.upperBound
    else { return nil }
    let (end, overflow) = start.addingReportingOverflow(size)
    guard !overflow, let nameStart = UInt32(exactly: offset),
      let nameBytes = UInt32(exactly: line.upperBound - offset)
    else { return nil }
    return Entry(start: start, end: end, nameStart: nameStart, nameBytes: nameBytes)
  }

  /// A number and the space behind it.
  private static func hexadecimal(_ text: [UInt8], _ offset: inout Int, _ end: Int) -> UInt64? {
    if offset + 2 < end, text[offset] == UInt8(ascii: "0"),
      text[offset + 1] | 0x20 == UInt8(ascii: "x")
    {
      offset += 2
    }
    var value: UInt64 = 0
    let first = offset
    while offset < end, offset - first <= 16 {
      let digit: UInt8
      switch text[offset] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[offset] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = text[offset] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = text[offset] - UInt8(ascii: "A") + 10
      case UInt8(ascii: " ") where offset > first:
        offset += 1
        return value
      default: return nil
      }
      value = value << 4 | UInt64(digit)
      offset += 1
    }
    return nil
  }
}
