import HeapModel
import TraceFormat

/// Resident memory at one moment, split into terms that add up to it. By what a trace knows: the
/// kernel's sums in the nearest memory sample, the live blocks and where they lie, and the calls on
/// mappings. Which single pages were resident it does not know: so terms within anonymous memory are
/// bounds, each of which takes what those before it leave, and none is negative.
public struct MemoryAccount: Sendable, Hashable {
  public enum Term: String, Sendable, CaseIterable {
    /// Bytes of live blocks of the heap.
    case liveBlocks
    /// The rest of the pages on which they lie: rounding, headers, and what is free there.
    case besideBlocks
    /// Anonymous mappings of the program, without the pages on which its blocks lie.
    case mappings
    /// Anonymous memory that is none of these: pages that the allocator keeps, stacks, variables of
    /// libraries, mappings that nobody was seen to make.
    case otherAnonymous
    /// Programs, libraries and mapped files.
    case files
    case sharedMemory
    /// The recorder's own, of all kinds.
    case recorder
  }

  public enum Bound: String, Sendable {
    case exact
    case atMost
    case atLeast
  }

  public struct Part: Sendable, Hashable {
    public let term: Term
    public let bytes: UInt64
    public let bound: Bound
  }

  /// Of the sample that it is of.
  public let timeNanoseconds: UInt64
  /// The sum of the parts.
  public let residentBytes: UInt64
  public let parts: [Part]
  /// Live blocks, and the pages on which they lie, resident or not.
  public let liveBlocks: Int
  public let liveBytes: UInt64
  public let livePagesBytes: UInt64
  /// Of live blocks: this much at least was never written to.
  public var untouchedBytes: UInt64 {
    let resident = parts.first { $0.term == .liveBlocks }?.bytes ?? liveBytes
    return liveBytes - min(liveBytes, resident)
  }
  /// Accessible mappings of the program by what they are of, resident or not.
  public let anonymousMappingBytes: UInt64
  public let sharedMappingBytes: UInt64
  public let fileMappingBytes: UInt64
  /// Of `anonymousMappingBytes`: pages on which live blocks lie.
  public let blocksInMappingsBytes: UInt64
  /// By group of stacks: its accessible mappings.
  public let mappingsOfGroups: [UInt32: UInt64]
}

extension MemoryAccount {
  /// Splits a sample that tells kinds of memory apart; `nil` if it does not.
  init?(
    _ sample: MemorySample, _ pages: HeapFragmentation, overlap: UInt64,
    _ pieces: [MappedPiece], group: (UInt32) -> UInt32
  ) {
    guard let kinds = sample.parts else { return nil }
    timeNanoseconds = sample.timeNanoseconds
    var mapped: [MappedPiece.Kind: UInt64] = [:]
    var groups: [UInt32: UInt64] = [:]
    for piece in pieces where !piece.isReserved {
      let bytes = piece.range.upperBound - piece.range.lowerBound
      mapped[piece.kind, default: 0] += bytes
      groups[group(piece.stack), default: 0] += bytes
    }
    anonymousMappingBytes = mapped[.anonymous] ?? 0
    sharedMappingBytes = mapped[.shared] ?? 0
    fileMappingBytes = mapped[.file] ?? 0
    blocksInMappingsBytes = min(overlap, anonymousMappingBytes)
    mappingsOfGroups = groups
    liveBlocks = pages.blocks + pages.unplacedBlocks
    liveBytes = pages.liveBytes + UInt64(pages.unplacedBytes)
    livePagesBytes = UInt64(pages.pages) * pages.pageBytes

    func program(_ all: UInt64, _ own: UInt64) -> UInt64 { all - min(all, own) }
    let anonymous = program(kinds.anonymousBytes, kinds.ownAnonymousBytes)
    var left = anonymous
    func take(_ bytes: UInt64) -> UInt64 {
      let part = min(bytes, left)
      left -= part
      return part
    }
    let live = take(liveBytes)
    let beside = take(livePagesBytes - min(livePagesBytes, pages.liveBytes))
    let mappings = take(anonymousMappingBytes - blocksInMappingsBytes)
    let files = program(kinds.fileBytes, kinds.ownFileBytes)
    let shared = program(kinds.sharedBytes, kinds.ownSharedBytes)
    let all = kinds.anonymousBytes + kinds.fileBytes + kinds.sharedBytes
    parts = [
      Part(term: .liveBlocks, bytes: live, bound: .atMost),
      Part(term: .besideBlocks, bytes: beside, bound: .atMost),
      Part(term: .mappings, bytes: mappings, bound: .atMost),
      Part(term: .otherAnonymous, bytes: left, bound: .atLeast),
      Part(term: .files, bytes: files, bound: .exact),
      Part(term: .sharedMemory, bytes: shared, bound: .exact),
      Part(term: .recorder, bytes: all - anonymous - files - shared, bound: .exact),
    ]
    residentBytes = all
  }
}

extension HeapTrace {
  /// The account of resident memory at a sample; `nil` if the sample does not tell kinds of memory
  /// apart. Element n of `groups` is the group of the stack with number n.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func account(
    at sample: MemorySample, groups: [UInt32], allocator: String,
    options: LoadOptions = LoadOptions(), progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> MemoryAccount? {
    let placed = try placedBlocks(at: sample.timeNanoseconds, options, progress)
    var sweep = pageSweep(allocator: allocator)
    sweep.lookAt(placed.mapped.filter { $0.kind == .anonymous && !$0.isReserved }.map(\.range))
    let pages = sweep.run(placed) { group(of: $0, groups) }
    return MemoryAccount(sample, pages, overlap: sweep.bytesInRanges, placed.mapped) {
      group(of: $0, groups)
    }
  }
}
