import HeapModel
import TraceFormat

/// Resident memory at one moment, split into terms that add up to it.
///
/// In traces that have accounts, which say page by page what was resident, every term is what it says
/// (`AccountSweep` splits them). Else a memory sample's sums are split by where live blocks and mappings
/// lie: terms within anonymous memory are then bounds, each of which takes what those before it leave,
/// and none is negative.
public struct MemoryAccount: Sendable, Hashable {
  public enum Term: String, Sendable, CaseIterable {
    /// Bytes of live blocks of the heap.
    case liveBlocks
    /// What the allocator adds to them: headers, and rounding.
    case rounding
    /// Of the allocator's regions, and not a live block's.
    case keptByAllocator
    /// Without page-by-page accounts, in place of the two before: the rest of the pages on which live
    /// blocks lie.
    case besideBlocks
    /// Anonymous mappings of the program, without its blocks.
    case mappings
    case threadStacks
    /// Private pages of programs and libraries: what was written to of their variables.
    case programData
    /// Anonymous memory that is none of these: mappings that nobody was seen to make. Without
    /// page-by-page accounts also what the allocator keeps, stacks, and variables.
    case otherAnonymous
    /// Pages of programs, libraries and mapped files.
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

  /// What of it is known only page by page.
  public struct Pages: Sendable, Hashable {
    /// How long the account took, while the process ran on.
    public internal(set) var tookNanoseconds: UInt64 = 0
    public internal(set) var reason = AccountPart.Reason.other
    /// Large mappings were left out; pages of zeros may be counted.
    public internal(set) var isPartial = false
    public internal(set) var isPlain = false
    /// The kernel's sums at both ends.
    public internal(set) var residentBeforeBytes: UInt64 = 0
    public internal(set) var residentAfterBytes: UInt64 = 0
    /// In no resident sum.
    public internal(set) var pageTableBytes: UInt64 = 0
    public internal(set) var swappedBytes: UInt64 = 0
    public internal(set) var swappedLiveBytes: UInt64 = 0
    /// Of what is resident: in huge pages.
    public internal(set) var hugeBytes: UInt64 = 0
    /// Stacks of threads but the first that have resident pages.
    public internal(set) var threadStacks = 0
    /// Resident, by group of stacks: of its mappings, whatever they are of.
    public internal(set) var mappingsOfGroups: [UInt32: UInt64] = [:]
    /// Of `otherAnonymous`, by the kernel's name for the mapping, which mostly has none.
    public internal(set) var othersByName: [String: UInt64] = [:]
    /// Of `files` and `programData`, by file.
    public internal(set) var filesByName: [String: UInt64] = [:]

    init() {}
  }

  /// Of the account or the sample that it is of.
  public let timeNanoseconds: UInt64
  /// The sum of the parts.
  public let residentBytes: UInt64
  public let parts: [Part]
  /// Live blocks, and the pages on which they lie, resident or not.
  public let liveBlocks: Int
  public let liveBytes: UInt64
  public let livePagesBytes: UInt64
  /// Of live blocks: this much was not resident; without page-by-page accounts at least so much.
  public var untouchedBytes: UInt64 {
    liveBytes - min(liveBytes, bytes(of: .liveBlocks) ?? liveBytes)
  }
  /// Accessible mappings of the program by what they are of, resident or not.
  public let anonymousMappingBytes: UInt64
  public let sharedMappingBytes: UInt64
  public let fileMappingBytes: UInt64
  /// Of `anonymousMappingBytes`: pages on which live blocks lie.
  public let blocksInMappingsBytes: UInt64
  /// By group of stacks: its accessible mappings.
  public let mappingsOfGroups: [UInt32: UInt64]
  /// `nil` of an account by a sample's sums.
  public let pages: Pages?
  /// In which case the kernel may have refused to say more: `errno`.
  public internal(set) var refusal: Int32?

  /// `nil` if there is no such term.
  public func bytes(of term: Term) -> UInt64? { parts.first { $0.term == term }?.bytes }
}

extension MemoryAccount {
  /// Splits a sample that tells kinds of memory apart; `nil` if it does not.
  init?(
    _ sample: MemorySample, _ pages: HeapFragmentation, overlap: UInt64,
    _ pieces: [MappedPiece], group: (UInt32) -> UInt32
  ) {
    guard let kinds = sample.parts else { return nil }
    func program(_ all: UInt64, _ own: UInt64) -> UInt64 { all - min(all, own) }
    let anonymous = program(kinds.anonymousBytes, kinds.ownAnonymousBytes)
    var left = anonymous
    func take(_ bytes: UInt64) -> UInt64 {
      let part = min(bytes, left)
      left -= part
      return part
    }
    let mapped = Mapped(pieces, group)
    let live = take(pages.liveBytes + UInt64(pages.unplacedBytes))
    let occupied = UInt64(pages.pages) * pages.pageBytes
    let beside = take(occupied - min(occupied, pages.liveBytes))
    let mappings = take(mapped.anonymous - min(overlap, mapped.anonymous))
    let files = program(kinds.fileBytes, kinds.ownFileBytes)
    let shared = program(kinds.sharedBytes, kinds.ownSharedBytes)
    let all = kinds.anonymousBytes + kinds.fileBytes + kinds.sharedBytes
    let parts = [
      Part(term: .liveBlocks, bytes: live, bound: .atMost),
      Part(term: .besideBlocks, bytes: beside, bound: .atMost),
      Part(term: .mappings, bytes: mappings, bound: .atMost),
      Part(term: .otherAnonymous, bytes: left, bound: .atLeast),
      Part(term: .files, bytes: files, bound: .exact),
      Part(term: .sharedMemory, bytes: shared, bound: .exact),
      Part(term: .recorder, bytes: all - anonymous - files - shared, bound: .exact),
    ]
    self.init(sample.timeNanoseconds, parts, pages, overlap: overlap, mapped, nil)
  }

  /// The account by pages that are known to be resident, and what was live and mapped then.
  init(
    _ resident: ResidentPages, _ placed: PlacedBlocks, allocator: String, pageBytes: UInt64,
    isAllocators: @escaping (UInt32) -> Bool, group: @escaping (UInt32) -> UInt32
  ) {
    let footprint = BlockFootprint(allocator: allocator, pageBytes: pageBytes)
    var sweep = PageSweep(pageBytes: pageBytes, footprint: footprint)
    sweep.lookAt(placed.mapped.filter { $0.kind == .anonymous && !$0.isReserved }.map(\.range))
    let heap = sweep.run(placed, group: group)
    let found = AccountSweep(
      resident, placed, footprint: footprint, pageBytes: pageBytes, isAllocators: isAllocators,
      group: group
    ).run()
    let terms: [Term] = [
      .liveBlocks, .rounding, .keptByAllocator, .mappings, .threadStacks, .programData,
      .otherAnonymous, .files, .sharedMemory, .recorder,
    ]
    self.init(
      resident.timeNanoseconds,
      terms.map { Part(term: $0, bytes: found.bytes[$0] ?? 0, bound: .exact) }, heap,
      overlap: sweep.bytesInRanges, Mapped(placed.mapped, group), found.pages)
  }

  /// Accessible mappings, in sums.
  private struct Mapped {
    var anonymous: UInt64 = 0
    var shared: UInt64 = 0
    var file: UInt64 = 0
    var groups: [UInt32: UInt64] = [:]

    init(_ pieces: [MappedPiece], _ group: (UInt32) -> UInt32) {
      for piece in pieces where !piece.isReserved {
        let bytes = piece.range.upperBound - piece.range.lowerBound
        switch piece.kind {
        case .anonymous: anonymous += bytes
        case .shared: shared += bytes
        case .file: file += bytes
        }
        groups[group(piece.stack), default: 0] += bytes
      }
    }
  }

  private init(
    _ timeNanoseconds: UInt64, _ parts: [Part], _ heap: HeapFragmentation, overlap: UInt64,
    _ mapped: Mapped, _ pages: Pages?
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.parts = parts
    self.pages = pages
    residentBytes = parts.reduce(0) { $0 + $1.bytes }
    liveBlocks = heap.blocks + heap.unplacedBlocks
    liveBytes = heap.liveBytes + UInt64(heap.unplacedBytes)
    livePagesBytes = UInt64(heap.pages) * heap.pageBytes
    anonymousMappingBytes = mapped.anonymous
    sharedMappingBytes = mapped.shared
    fileMappingBytes = mapped.file
    blocksInMappingsBytes = min(overlap, mapped.anonymous)
    mappingsOfGroups = mapped.groups
  }
}

extension HeapTrace {
  /// The account of resident memory at the moment of the trace's accounts and samples that is nearest to
  /// another one; `nil` if there is none that tells kinds of memory apart. An account comes before any
  /// sample. Element n of `groups` is the group of the stack with number n.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func account(
    at moment: UInt64, samples: [MemorySample], groups: [UInt32], allocator: String,
    options: LoadOptions = LoadOptions(), progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> MemoryAccount? {
    func distance(_ time: UInt64) -> UInt64 { max(time, moment) - min(time, moment) }
    let pageBytes = max(1, UInt64(file.header.pageBytes))
    let resident = ResidentPages.nearest(to: moment, accountParts, pageBytes: pageBytes)
    let sample = samples.filter { $0.parts != nil }
      .min { distance($0.timeNanoseconds) < distance($1.timeNanoseconds) }
    guard let time = resident?.timeNanoseconds ?? sample?.timeNanoseconds else { return nil }
    let placed = try placedBlocks(at: time, options, progress)
    if let resident {
      return MemoryAccount(
        resident, placed, allocator: allocator, pageBytes: pageBytes,
        isAllocators: { self.isAllocators($0, allocator) }, group: { self.group(of: $0, groups) })
    }
    var sweep = pageSweep(allocator: allocator)
    sweep.lookAt(placed.mapped.filter { $0.kind == .anonymous && !$0.isReserved }.map(\.range))
    let pages = sweep.run(placed) { group(of: $0, groups) }
    var account = sample.flatMap {
      MemoryAccount($0, pages, overlap: sweep.bytesInRanges, placed.mapped) {
        group(of: $0, groups)
      }
    }
    account?.refusal = accountParts.last(where: \.isRefused)?.errno
    return account
  }

  /// Whether a stack is one of the allocator's own: by its innermost frame.
  private func isAllocators(_ node: UInt32, _ allocator: String) -> Bool {
    guard !allocator.isEmpty, let stack = stackOfNode[node], stack != .root,
      let module = stacks.module(of: stack)
    else { return false }
    return modules.first { $0.id == module }?.path == allocator
  }
}
