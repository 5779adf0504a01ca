import Aggregation

/// By how much each term of resident memory changed from one account to a later one: what grows where
/// the heap does not.
public struct ResidentGrowth: Sendable {
  let first: MemoryAccount
  let last: MemoryAccount
  /// What changed, the most growth first.
  let changes: [(term: MemoryAccount.Term, bytes: Int)]
  /// The mappings that grew most, if mappings did more than all else; innermost frame first.
  let frames: [PresentedFrame]

  /// `nil` where one of the two is not page by page, or they are of one moment.
  public init?(from first: MemoryAccount, to last: MemoryAccount, in trace: AnalyzedTrace) {
    guard let before = first.pages, let after = last.pages,
      first.timeNanoseconds < last.timeNanoseconds
    else { return nil }
    self.first = first
    self.last = last
    changes = last.parts
      .map {
        ($0.term, Int(clamping: $0.bytes) - Int(clamping: first.bytes(of: $0.term) ?? 0))
      }
      .filter { $0.1 != 0 }
      .sorted { ($0.1, $1.0.rawValue) > ($1.1, $0.0.rawValue) }
    let grown = after.mappingsOfGroups.max {
      func growth(_ entry: (key: UInt32, value: UInt64)) -> Int {
        Int(clamping: entry.value) - Int(clamping: before.mappingsOfGroups[entry.key] ?? 0)
      }
      return (growth($0), $1.key) < (growth($1), $0.key)
    }
    let isOfMappings = changes.first.map { [.mappings, .sharedMemory, .files].contains($0.term) }
    frames = (isOfMappings ?? false) ? grown.map { trace.stacks.frames(ofGroup: $0.key) } ?? [] : []
  }

  /// What grew, in words.
  func sentence(_ trace: AnalyzedTrace) -> String {
    let from = Quantity.moment(nanoseconds: first.timeNanoseconds)
    let to = Quantity.moment(nanoseconds: last.timeNanoseconds)
    let grown = changes.prefix { $0.bytes > 0 }
    guard let most = grown.first else { return "From \(from) to \(to) no part of it grew." }
    let terms = grown.prefix(4).map { "\(Quantity.bytes($0.bytes)) \(Self.name($0.term))" }
    var sentence = "From \(from) to \(to) it grew by \(terms.joined(separator: ", "))."
    switch most.term {
    case .keptByAllocator:
      sentence +=
        " Of that the allocator's grew most: fragmentation, or memory that it keeps. Try "
        + AccountVerdict.remedy(trace.profile) + ", and memtrace-analyze fragmentation."
    case .otherAnonymous:
      sentence += " \(ResidentNotice.knownHeap(trace.profile) ?? "It is no heap that is known.")"
    case .mappings, .sharedMemory, .files:
      if let own = frames.first { sentence += " Most of it is mapped by \(own.function)." }
    default: break
    }
    return sentence
  }

  /// A term as part of a sum.
  static func name(_ term: MemoryAccount.Term) -> String {
    switch term {
    case .liveBlocks: "in live blocks"
    case .rounding: "in their headers and rounding"
    case .keptByAllocator: "kept by the allocator"
    case .besideBlocks: "beside live blocks"
    case .mappings: "in anonymous mappings"
    case .threadStacks: "on stacks"
    case .programData: "in variables"
    case .otherAnonymous: "that nobody was seen to map"
    case .files: "of files"
    case .sharedMemory: "of shared memory"
    case .recorder: "of memtrace's own"
    }
  }
}
