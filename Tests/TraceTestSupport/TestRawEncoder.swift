import CTraceFormat

/// Encodes operations as raw words, as hooks write them.
public struct TestRawEncoder {
  private var sequences: [UInt32: UInt32]
  /// Who made the block at an address.
  private var owners: [UInt64: (thread: UInt32, sequence: UInt32)] = [:]
  /// Whether releases name their allocations, as they do once a process has two threads.
  private let isShared: Bool

  public init(sequences: [UInt32: UInt32] = [:], isShared: Bool = true) {
    self.sequences = sequences
    self.isShared = isShared
  }

  static func word(_ kind: mt_raw_kind, detail: UInt64 = 0, _ address: UInt64) -> UInt64 {
    UInt64(kind.rawValue) << UInt64(MT_RAW_KIND_SHIFT)
      | detail << UInt64(MT_RAW_DETAIL_SHIFT)
      | address >> UInt64(MT_ADDRESS_SHIFT) & (1 << UInt64(MT_RAW_ADDRESS_BITS) - 1)
  }

  /// The prefix of an event, if its address or its space asks for one.
  public static func prefix(_ address: UInt64, space: UInt32 = 0) -> [UInt64] {
    let upper = address >> (UInt64(MT_ADDRESS_SHIFT) + UInt64(MT_RAW_ADDRESS_BITS))
    guard upper != 0 || space != 0 else { return [] }
    return [
      UInt64(MT_RAW_PREFIX.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | upper << 32 | UInt64(space)
    ]
  }

  /// A stamp of the order between threads.
  public static func turn(_ number: UInt64, isTaken: Bool) -> [UInt64] {
    [
      UInt64(MT_RAW_TURN.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | number
        | UInt64(MT_RAW_TURN_NO_BACK) << UInt64(MT_RAW_TURN_BACK_SHIFT)
        | (isTaken ? 1 << UInt64(MT_RAW_TURN_TAKEN_SHIFT) : 0)
    ]
  }

  /// Words that only a later version understands.
  public static func other(_ words: [UInt64]) -> [UInt64] {
    [UInt64(MT_RAW_OTHER.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | UInt64(words.count)] + words
  }

  public static func time(_ nanoseconds: UInt64) -> [UInt64] {
    [UInt64(MT_RAW_TIME.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | nanoseconds]
  }

  public static func node(id: UInt32, programCounter: UInt64, parent: UInt32) -> [UInt64] {
    [
      UInt64(MT_RAW_NODE.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | UInt64(id), programCounter,
      UInt64(parent),
    ]
  }

  /// `kind` is `MT_RAW_RECORD` or `MT_RAW_SPECIAL`.
  public static func records(_ kind: mt_raw_kind, _ records: [UInt8]) -> [UInt64] {
    var words = [UInt64(kind.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | UInt64(records.count)]
    for start in stride(from: 0, to: records.count, by: 8) {
      var word: UInt64 = 0
      for (shift, byte) in records[start..<min(start + 8, records.count)].enumerated() {
        word |= UInt64(byte) << UInt64(8 * shift)
      }
      words.append(word)
    }
    return words
  }

  /// The words of one operation.
  public mutating func encode(_ operation: TestOperation) -> [UInt64] {
    let words = encodeEvent(operation)
    switch operation {
    case .allocate(_, let address, _, _, _), .release(_, let address),
      .releaseOf(_, _, _, let address), .restore(_, let address):
      return Self.prefix(address) + words
    case .mark, .reserved: return words
    }
  }

  private mutating func encodeEvent(_ operation: TestOperation) -> [UInt64] {
    switch operation {
    case .allocate(let thread, let address, let size, let stack, let origin):
      let sequence = sequences[thread] ?? 0
      sequences[thread] = sequence + 1
      owners[address] = (thread, sequence)
      let kind = origin == .fresh ? MT_RAW_ALLOCATE : MT_RAW_REALLOCATE
      let first = Self.word(kind, detail: isShared ? 1 : 0, address)
      let isLarge = size >= UInt64(MT_RAW_SIZE_LARGE)
      let low = isLarge ? UInt64(MT_RAW_SIZE_LARGE) : size
      return [first, UInt64(stack) << 32 | low] + (isLarge ? [size] : [])
    case .release(let thread, let address):
      guard isShared, let owner = owners[address] else {
        return [Self.word(MT_RAW_RELEASE, address)]
      }
      let age = (sequences[thread] ?? 0) &- owner.sequence
      if owner.thread == thread, age < 1 << UInt32(MT_RAW_DETAIL_BITS) {
        return [Self.word(MT_RAW_RELEASE, detail: UInt64(age), address)]
      }
      return Self.releaseOf(owner.thread, owner.sequence, address)
    case .releaseOf(_, let owner, let sequence, let address):
      return Self.releaseOf(owner, sequence, address)
    case .restore(_, let address): return [Self.word(MT_RAW_REALLOC_FAILED, address)]
    case .mark(let thread, let label, let kind, let phase):
      return Self.records(
        MT_RAW_SPECIAL,
        TestRecords.mark(
          thread: thread, timeNanoseconds: 1, label: label, kind: kind, phase: phase))
    case .reserved(_, let code): return Self.other([UInt64(code)])
    }
  }

  private static func releaseOf(
    _ thread: UInt32, _ sequence: UInt32, _ address: UInt64
  ) -> [UInt64] {
    let mask: UInt32 = 1 << UInt32(MT_RAW_SEQUENCE_BITS) - 1
    return [word(MT_RAW_RELEASE_OF, address), UInt64(thread) << 32 | UInt64(sequence & mask)]
  }

  /// The word that leads a run, and the run.
  public static func run(
    thread: UInt32, slot: UInt32, position: UInt64, _ words: [UInt64]
  ) -> [UInt64] {
    let lead =
      UInt64(MT_RAW_LANE.rawValue) << UInt64(MT_RAW_KIND_SHIFT) | UInt64(slot) << 32
      | UInt64(thread)
    return [lead, position, UInt64(words.count)] + words
  }
}
