import Synchronization
import Testing

@testable import Symbolization

@Suite("Sections that are unpacked as they are read")
struct UnpackedSectionTests {
  /// Writes 1, 2, 3, … a piece, up to a piece that is damaged.
  private final class Source: Sendable {
    let pieces = Atomic(0)
    let damagedPiece: Int

    init(damagedPiece: Int = .max) {
      self.damagedPiece = damagedPiece
    }

    func section(byteCount: Int, endsWell: Bool = true) throws -> UnpackedSection {
      try #require(
        UnpackedSection(byteCount: byteCount, pieceBytes: 1_000) { memory in
          let piece = self.pieces.wrappingAdd(1, ordering: .relaxed).newValue
          _ = memory.initializeMemory(as: UInt8.self, repeating: UInt8(piece))
          return piece != self.damagedPiece
        } isAtEnd: {
          endsWell
        })
    }
  }

  @Test("No more is unpacked than is asked for, and nothing twice")
  func pieces() throws {
    let source = Source()
    let section = try source.section(byteCount: 2_500)
    #expect(section.unpack(to: 0) && source.pieces.load(ordering: .relaxed) == 0)
    #expect(section.unpack(to: 1) && source.pieces.load(ordering: .relaxed) == 1)
    #expect(section.unpack(to: 1_000) && source.pieces.load(ordering: .relaxed) == 1)
    #expect(section.unpack(to: 1_001) && source.pieces.load(ordering: .relaxed) == 2)
    #expect(section.unpack() && source.pieces.load(ordering: .relaxed) == 3)
    #expect(section.unpack(to: 9_999) && source.pieces.load(ordering: .relaxed) == 3)
    #expect([0, 999, 1_000, 2_000, 2_499].map { section.memory[$0] } == [1, 1, 2, 3, 3])
  }

  @Test("Before the damage a section can be read, behind it not")
  func damage() throws {
    let source = Source(damagedPiece: 2)
    let section = try source.section(byteCount: 5_000)
    #expect(section.unpack(to: 1_000))
    #expect(!section.unpack(to: 1_001))
    #expect(!section.unpack())
    #expect(section.unpack(to: 1_000))
    #expect(source.pieces.load(ordering: .relaxed) == 2)
  }

  @Test("A section that does not end where it should is damaged at its end")
  func end() throws {
    let section = try Source().section(byteCount: 1_500, endsWell: false)
    #expect(section.unpack(to: 1_000))
    #expect(!section.unpack(to: 1_001))
  }
}
