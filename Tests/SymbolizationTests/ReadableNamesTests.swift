import Testing

@testable import Symbolization

@Suite("Names by the linker's, known by their place")
struct ReadableNamesTests {
  @Test("Each place has its own name, however short; text of another section is read")
  func places() {
    let parts = (0..<100).map { "_Z1\(Character(Unicode.Scalar(UInt8(97 + $0 % 26))))i\u{0}" }
    let strings = Array(parts.joined().utf8)
    let elsewhere = Array("_Z5otherv".utf8)
    strings.withUnsafeBytes { strings in
      let names = ReadableNames(strings: strings)
      for _ in 0..<2 {
        for place in parts.indices {
          let start = place * 6
          let name = names[UnsafeRawBufferPointer(rebasing: strings[start..<start + 5])]
          #expect(name.linkageName == String(parts[place].dropLast()))
          #expect(name.readable == "\(parts[place].dropFirst(3).first ?? "?")(int)")
        }
        elsewhere.withUnsafeBytes { #expect(names[$0].readable == "other()") }
      }
    }
  }
}
