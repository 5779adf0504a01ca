import TraceFormat

/// What a process mapped, in sums: enough to say whether mappings matter.
public struct MappingTotals: Sendable, Hashable {
  /// Calls of `mmap` and its kin, those that failed among them.
  public internal(set) var calls = 0
  /// Of all ranges that became accessible.
  public internal(set) var mappedBytes = 0
  /// Accessible, at the end and at the moment when that was most.
  public internal(set) var liveBytes = 0
  public internal(set) var peakBytes = 0
  /// Reserved at the end: mapped without any access.
  public internal(set) var reservedBytes = 0
}

/// Adds up the calls of a trace as they come.
struct MappingTally {
  private var ledger: MappingLedger
  private(set) var totals = MappingTotals()
  var pieces: [MappedPiece] { ledger.pieces.all }

  init(pageBytes: UInt64) { ledger = MappingLedger(pageBytes: pageBytes) }

  mutating func take(_ call: MappingCall, by thread: UInt32) {
    totals.calls += 1
    var mapped: UInt64 = 0
    ledger.take(call, by: thread) { change in
      if case .begin(_, let bytes, _, _) = change { mapped += bytes }
    }
    totals.mappedBytes = min(BlockLimits.sumBytes, totals.mappedBytes + Int(mapped))
    totals.liveBytes = Int(ledger.pieces.accessibleBytes)
    totals.peakBytes = max(totals.peakBytes, totals.liveBytes)
    totals.reservedBytes = Int(ledger.pieces.reservedBytes)
  }
}
