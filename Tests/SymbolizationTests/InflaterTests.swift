import Testing

@testable import Symbolization

@Suite("Inflating a stream piece by piece")
struct InflaterTests {
  /// "abcabcabcabc", with its checksum in the last four bytes.
  private static let stream: [UInt8] = [
    0x78, 0x9c, 0x4b, 0x4c, 0x4a, 0x4e, 0x84, 0x21, 0x00, 0x1d, 0xe0, 0x04, 0x99,
  ]

  /// The pieces of a stream, `nil` for one that cannot be filled, and whether it ends behind them.
  private func inflate(_ stream: [UInt8], by counts: [Int]) -> ([String?], endsThere: Bool) {
    stream.withUnsafeBytes { bytes in
      let inflater = Inflater(bytes)
      let pieces = counts.map { count in
        var piece = [UInt8](repeating: 0, count: count)
        return piece.withUnsafeMutableBytes(inflater.fill)
          ? String(decoding: piece, as: UTF8.self) : nil
      }
      return (pieces, inflater.isAtEnd())
    }
  }

  /// The library takes all of so short an input with the first piece.
  @Test("Pieces follow one another, to an end that is right") func pieces() {
    let (pieces, endsThere) = inflate(Self.stream, by: [1, 4, 7])
    #expect(pieces == ["a", "bcab", "cabcabc"] && endsThere)
  }

  @Test("A stream that goes on, stops early or has another checksum does not end there")
  func ends() {
    #expect(!inflate(Self.stream, by: [11]).endsThere)
    #expect(inflate(Self.stream, by: [13]).0 == [nil])
    #expect(inflate(Self.stream.dropLast(6), by: [12]).0 == [nil])
    #expect(inflate(Self.stream.dropLast() + [0], by: [12]).0 == [nil])
  }

  @Test("A stream that wants a dictionary is damaged, and so is nonsense") func dictionary() {
    let wanting: [UInt8] = [
      0x78, 0xbb, 0x08, 0x0c, 0x02, 0x4d, 0x43, 0x46, 0x00, 0x1d, 0xe0, 0x04, 0x99,
    ]
    #expect(inflate(wanting, by: [12]).0 == [nil])
    #expect(inflate(Array(repeating: 0xff, count: 40), by: [12]).0 == [nil])
  }
}
