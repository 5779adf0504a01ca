import CTraceFormat
import Testing
import TraceFormat
import TraceTestSupport

@testable import TraceInput

/// The live region of a process that goes on while it is read.
@Suite("A copy of what moves") struct LiveCopyTests {
  /// An invented process with some rings, whose hooks and writer take some steps before each read.
  /// Each word tells its ring and its position.
  private final class Process: TraceSource, @unchecked Sendable {
    let name = "moving.bin"
    private(set) var published: [Int] = []
    private(set) var chunks: [(batch: UInt64, words: [UInt64])] = []
    private var taken: [Int] = []
    private var stagings: [(batch: UInt64, words: [UInt64])] = [(1, []), (0, [])]
    private var active = 0
    private var batches: UInt64 = 1
    private var random: SplitMix
    private let stepsPerRead: Int

    private static let stagingWords = 96
    private static let stride = 512
    private static let capacity = (stride - MemoryLayout<mt_ring_header>.size) / 8

    init(seed: UInt64, rings: Int, stepsPerRead: Int) {
      random = SplitMix(state: seed)
      self.stepsPerRead = stepsPerRead
      published = Array(repeating: 0, count: rings)
      taken = published
    }

    var byteCount: UInt64 { UInt64(bytes().count) }

    func read(
      at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TraceError) -> Int {
      for _ in 0..<stepsPerRead { step() }
      let bytes = bytes()
      let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
      buffer.copyBytes(from: part)
      return part.count
    }

    static func word(_ ring: Int, _ position: Int) -> UInt64 {
      UInt64(MT_RAW_TIME.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | UInt64(ring) << 32
        | UInt64(position)
    }

    private func step() {
      let ring = Int(random.next() % UInt64(published.count))
      switch random.next() % 4 {
      case 0: stage(ring)
      case 1: appendFull()
      default:
        if published[ring] - taken[ring] < Self.capacity { published[ring] += 1 }
      }
    }

    private func stage(_ ring: Int) {
      let words = (taken[ring]..<published[ring]).map { Self.word(ring, $0) }
      guard !words.isEmpty else { return }
      if stagings[active].words.count + 3 + words.count > Self.stagingWords {
        guard stagings[1 - active].batch == 0 else { return }
        active = 1 - active
        batches += 1
        stagings[active] = (batches, [])
      }
      stagings[active].words +=
        TestRawEncoder.run(
          thread: UInt32(ring + 1), slot: UInt32(ring), position: UInt64(taken[ring]), words)
      taken[ring] = published[ring]
    }

    private func appendFull() {
      guard stagings[1 - active].batch != 0 else { return }
      chunks.append(stagings[1 - active])
      stagings[1 - active] = (0, [])
    }

    private func bytes() -> [UInt8] {
      var live = TestLiveRegion()
      live.stagingWords = Self.stagingWords
      live.stride = Self.stride
      live.stagings = stagings
      live.rings = published.indices.map { ring in
        TestLiveRegion.Ring(
          thread: UInt32(ring + 1), tail: UInt64(taken[ring]),
          words: (taken[ring]..<published[ring]).map { Self.word(ring, $0) })
      }
      return TraceBuilder().open(live: live, hole: 0)
    }
  }

  /// What a reader finds: of each ring the words in chunks of the moment, then those in the copy.
  private func words(_ process: Process, _ file: TraceFile) throws -> [[UInt64]] {
    var found = Array(repeating: [UInt64](), count: process.published.count)
    var lastBatch: UInt64 = 0
    for chunk in process.chunks where chunk.batch <= file.lastBatch {
      lastBatch = chunk.batch
      let runs = try chunk.words.withUnsafeBytes { try RawRun.parse($0) }
      for run in runs { found[Int(run.slot)] += run.words }
    }
    let live = try #require(try LiveRegion(file, afterBatch: lastBatch))
    #expect(live.damage.isEmpty)
    for run in live.runs { found[Int(run.slot)] += run.words }
    return found
  }

  @Test("Every word is there once, up to a moment after the first look", arguments: 0..<60)
  func whole(seed: UInt64) throws {
    let process = Process(seed: seed, rings: 1 + Int(seed % 5), stepsPerRead: Int(seed % 12))
    let before = process.published
    let file = try TraceFile(
      running: process, again: { () throws(TraceError) in process })
    #expect(file.isBeingRecorded)
    let found = try words(process, file)
    for (ring, words) in found.enumerated() {
      #expect(words == words.indices.map { Process.word(ring, $0) })
      #expect(words.count >= before[ring])
    }
  }

  @Test("A process that never stands still is read as its chunks tell", arguments: 0..<5)
  func restless(seed: UInt64) throws {
    let process = Process(seed: seed, rings: 3, stepsPerRead: 2000)
    let file = try TraceFile(
      running: process, again: { () throws(TraceError) in process })
    let found = try words(process, file)
    #expect(found.contains { !$0.isEmpty })
    for (ring, words) in found.enumerated() {
      #expect(words == words.indices.map { Process.word(ring, $0) })
    }
  }
}
