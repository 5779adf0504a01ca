/// The parts of an address space that are known to be mapped, without overlaps: what one call made
/// is one piece until another call ends a part of it.
///
/// Sorted by address in runs of bounded length: a search is two binary ones, a change moves at most
/// one run. Memory is linear in the pieces.
struct MappedPieces {
  private static let longestRun = 512

  private var runs: [[MappedPiece]] = []
  /// Of all pieces that can be accessed, and of those that are reserved.
  private(set) var accessibleBytes: UInt64 = 0
  private(set) var reservedBytes: UInt64 = 0

  init() {}

  var all: [MappedPiece] { runs.flatMap { $0 } }

  /// The pieces that lie in a range, if only in part; in their order.
  func overlapping(_ range: Range<UInt64>) -> [MappedPiece] {
    var found: [MappedPiece] = []
    for run in runs[min(runIndex(of: range.lowerBound), runs.count)...] {
      let first = Self.index(in: run, from: range.lowerBound)
      let last = Self.index(in: run, from: range.upperBound)
      // The one before the first may reach into the range.
      if first > 0, run[first - 1].range.upperBound > range.lowerBound {
        found.append(run[first - 1])
      }
      found += run[first..<last]
      guard last == run.count else { break }
    }
    return found
  }

  /// Takes out what lies in a range, whole pieces or the parts that do; the rest stays. `onCut` is told
  /// of a piece and the address at which it comes apart.
  mutating func remove(
    _ range: Range<UInt64>, onCut: (MappedPiece, UInt64) -> Void
  ) -> [MappedPiece] {
    guard !range.isEmpty else { return [] }
    split(at: range.lowerBound, onCut)
    split(at: range.upperBound, onCut)
    var removed: [MappedPiece] = []
    var run = runIndex(of: range.lowerBound)
    while run < runs.count {
      let first = Self.index(in: runs[run], from: range.lowerBound)
      let last = Self.index(in: runs[run], from: range.upperBound)
      for piece in runs[run][first..<last] {
        removed.append(piece)
        change(of: piece) { $0 -= $1 }
      }
      let reachesOn = last == runs[run].count
      runs[run].removeSubrange(first..<last)
      if runs[run].isEmpty { runs.remove(at: run) } else { run += 1 }
      guard reachesOn, run < runs.count, runs[run][0].range.lowerBound < range.upperBound else {
        break
      }
    }
    return removed
  }

  /// - Precondition: nothing else is there.
  mutating func insert(_ piece: MappedPiece) {
    change(of: piece) { $0 += $1 }
    place(piece)
  }

  private mutating func change(of piece: MappedPiece, _ change: (inout UInt64, UInt64) -> Void) {
    let bytes = piece.range.upperBound - piece.range.lowerBound
    if piece.isReserved { change(&reservedBytes, bytes) } else { change(&accessibleBytes, bytes) }
  }

  private mutating func place(_ piece: MappedPiece) {
    guard !runs.isEmpty else { return runs.append([piece]) }
    let run = min(runIndex(of: piece.range.lowerBound), runs.count - 1)
    runs[run].insert(
      piece, at: Self.index(in: runs[run], from: piece.range.lowerBound))
    guard runs[run].count > Self.longestRun else { return }
    let half = runs[run].count / 2
    runs.insert(Array(runs[run][half...]), at: run + 1)
    runs[run].removeSubrange(half...)
  }

  private mutating func split(at address: UInt64, _ onCut: (MappedPiece, UInt64) -> Void) {
    guard !runs.isEmpty else { return }
    let run = runIndex(of: address)
    let next = Self.index(in: runs[run], from: address)
    guard next > 0 else { return }
    let piece = runs[run][next - 1]
    guard piece.range.upperBound > address, piece.range.lowerBound < address else { return }
    onCut(piece, address)
    var upper = piece
    upper.range = address..<piece.range.upperBound
    runs[run][next - 1].range = piece.range.lowerBound..<address
    place(upper)
  }

  /// The run that has, or would have, what begins at an address: the last that begins there or
  /// before it.
  private func runIndex(of address: UInt64) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle][0].range.lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// The first piece that begins at an address or behind it.
  private static func index(in run: [MappedPiece], from address: UInt64) -> Int {
    var low = 0
    var high = run.count
    while low < high {
      let middle = (low + high) / 2
      if run[middle].range.lowerBound < address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A range of addresses of one origin.
package struct MappedPiece: Hashable, Sendable {
  /// What its pages are of.
  package enum Kind: Sendable {
    /// Of no file, and the process's own: they become resident as they are written to.
    case anonymous
    /// Of no file, and shared.
    case shared
    case file
  }

  package internal(set) var range: Range<UInt64>
  /// The stack's node of the call that made it accessible, or that reserved it.
  package let stack: UInt32
  package let kind: Kind
  /// Number of that call among all; -1 of a reservation.
  var origin: Int

  /// Mapped without any access: it has no bytes.
  package var isReserved: Bool { origin < 0 }
}
