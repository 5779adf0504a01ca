import TraceFormat

/// What calls of `mmap` and its kin come to: which blocks of the space of mappings begin and end.
/// trace_format/mappings.h defines them.
///
/// A call may end a part of what another made. A block has one end, so a mapping is as many blocks
/// as it ends in parts: their bytes are exact at every moment, and add up to what was mapped. Where
/// mappings come apart, and which calls failed, only what follows tells. So the ledger reads a trace
/// twice: first for its `Plan`, then for the blocks. Memory is linear in the pieces that are mapped
/// at once and in the cuts.
struct MappingLedger {
  /// What only the rest of the trace tells of its calls.
  struct Plan {
    /// By number of the call that made blocks: where they come apart.
    fileprivate(set) var cuts: [Int: [UInt64]] = [:]
    /// Numbers of the calls that failed after they were recorded.
    fileprivate(set) var failures: Set<Int> = []
  }

  enum Change {
    /// `isReplacing`: the new place of a mapping that was moved.
    case begin(start: UInt64, bytes: UInt64, stack: UInt32, isReplacing: Bool)
    case end(start: UInt64)
  }

  /// What must be remembered of a thread's last call that gives memory away.
  private struct Given {
    let call: Int
    /// What it took away, or forbade.
    let pieces: [MappedPiece]
    let range: Range<UInt64>
  }

  private(set) var pieces = MappedPieces()
  private(set) var plan: Plan
  private let isPlanning: Bool
  private let pageBytes: UInt64
  private var calls = 0
  private var given: [UInt32: Given] = [:]

  /// A ledger that makes a plan.
  init(pageBytes: UInt64) {
    plan = Plan()
    isPlanning = true
    self.pageBytes = max(1, pageBytes)
  }

  /// A ledger that follows a plan of the same calls.
  init(_ plan: Plan, pageBytes: UInt64) {
    self.plan = plan
    isPlanning = false
    self.pageBytes = max(1, pageBytes)
  }

  /// Takes a thread's next call, and tells what changes by it.
  mutating func take(_ call: MappingCall, by thread: UInt32, _ tell: (Change) -> Void) {
    let number = calls
    calls += 1
    guard let range = range(of: call) else { return }
    switch call.kind {
    case .map:
      end(remove(range), tell)
      if call.isWithoutAccess {
        pieces.insert(
          MappedPiece(range: range, stack: call.stack, kind: MappedPiece.Kind(call), origin: -1))
      } else {
        begin(range, number, call.stack, MappedPiece.Kind(call), isReplacing: false, tell)
      }
    case .extend:
      end(remove(range), tell)
      begin(range, number, call.stack, .anonymous, isReplacing: false, tell)
    case .unmap, .moveFrom:
      guard !plan.failures.contains(number) else { return }
      let gone = remove(range)
      end(gone, tell)
      given[thread] = Given(call: number, pieces: gone, range: range)
    case .moveTo:
      let moved = given[thread]?.pieces ?? []
      given[thread] = nil
      end(remove(range), tell)
      let kind = moved.first?.kind ?? .anonymous
      if !moved.isEmpty, moved.allSatisfy(\.isReserved) {
        pieces.insert(MappedPiece(range: range, stack: call.stack, kind: kind, origin: -1))
      } else {
        begin(range, number, call.stack, kind, isReplacing: !moved.isEmpty, tell)
      }
    case .forbid:
      guard !plan.failures.contains(number) else { return }
      let gone = remove(range)
      end(gone, tell)
      for piece in gone {
        pieces.insert(
          MappedPiece(range: piece.range, stack: piece.stack, kind: piece.kind, origin: -1))
      }
      given[thread] = Given(call: number, pieces: gone, range: range)
    case .permit:
      for (range, kind) in permit(range) {
        begin(range, number, call.stack, kind, isReplacing: false, tell)
      }
    case .failed:
      guard isPlanning, let last = given.removeValue(forKey: thread), last.range == range else {
        return
      }
      plan.failures.insert(last.call)
      _ = remove(range)
      for piece in last.pieces { pieces.insert(piece) }
    }
  }

  /// Whole pages of the user's half of the address space; `nil` if there are none.
  private func range(of call: MappingCall) -> Range<UInt64>? {
    let unit = call.isOfHugePages ? Self.hugePageBytes(call) : pageBytes
    let limit = BlockLimits.sizeBytes
    guard call.start > 0, call.start < limit, call.bytes < limit else { return nil }
    func up(_ address: UInt64, _ unit: UInt64) -> UInt64 { (address + unit - 1) / unit * unit }
    // What ends or begins within a page of the data segment has that page already.
    let start = up(call.start, pageBytes)
    let end =
      call.kind == .extend || call.kind == .unmap
      ? up(call.start + call.bytes, pageBytes) : start + up(call.bytes, unit)
    return start < end ? start..<end : nil
  }

  private static func hugePageBytes(_ call: MappingCall) -> UInt64 {
    let shift = call.flags >> 26 & 0x3f  // MAP_HUGE_SHIFT; 0 is the machine's default
    return shift == 0 || shift > 40 ? 2 << 20 : 1 << UInt64(shift)
  }

  private mutating func remove(_ range: Range<UInt64>) -> [MappedPiece] {
    var cuts: [(Int, UInt64)] = []
    let removed = pieces.remove(range) { piece, address in
      if !piece.isReserved { cuts.append((piece.origin, address)) }
    }
    if isPlanning {
      for (origin, address) in cuts { plan.cuts[origin, default: []].append(address) }
    }
    return removed
  }

  private func end(_ gone: [MappedPiece], _ tell: (Change) -> Void) {
    for piece in gone where !piece.isReserved { tell(.end(start: piece.range.lowerBound)) }
  }

  /// Enters a range that one call made accessible, in the parts in which it will end.
  private mutating func begin(
    _ range: Range<UInt64>, _ origin: Int, _ stack: UInt32, _ kind: MappedPiece.Kind,
    isReplacing: Bool, _ tell: (Change) -> Void
  ) {
    let cuts = isPlanning ? [] : (plan.cuts[origin] ?? []).sorted()
    var start = range.lowerBound
    for end in cuts + [range.upperBound] where end > start && end <= range.upperBound {
      pieces.insert(MappedPiece(range: start..<end, stack: stack, kind: kind, origin: origin))
      tell(
        .begin(
          start: start, bytes: end - start, stack: stack,
          isReplacing: isReplacing && start == range.lowerBound))
      start = end
    }
  }

  /// The reserved parts of a range, which are reserved no more; neighbours are one.
  private mutating func permit(
    _ range: Range<UInt64>
  ) -> [(range: Range<UInt64>, kind: MappedPiece.Kind)] {
    var permitted: [(range: Range<UInt64>, kind: MappedPiece.Kind)] = []
    for piece in pieces.overlapping(range) where piece.isReserved {
      let part = piece.range.clamped(to: range)
      _ = pieces.remove(part) { _, _ in }
      if let last = permitted.last, last.range.upperBound == part.lowerBound,
        last.kind == piece.kind
      {
        permitted[permitted.count - 1].range = last.range.lowerBound..<part.upperBound
      } else {
        permitted.append((part, piece.kind))
      }
    }
    return permitted
  }
}

extension MappedPiece.Kind {
  fileprivate init(_ call: MappingCall) {
    self = !call.isAnonymous ? .file : call.isShared ? .shared : .anonymous
  }
}
