import TraceFormat

/// A snapshot of a run, with the name that options take it by: the label, with a number if the run has
/// several of it.
struct SnapshotRow: Sendable {
  let process: ProcessPhases
  let mark: Mark
  let liveBytes: Int
  let liveBlocks: Int
  private(set) var moment = ""

  /// In the time of the run.
  var timeNanoseconds: UInt64 { process.offsetNanoseconds &+ mark.timeNanoseconds }

  /// The snapshots of all processes in the order of time.
  static func all(_ processes: [ProcessPhases]) -> [SnapshotRow] {
    var rows = processes.flatMap { process in
      process.found.snapshots.map {
        SnapshotRow(
          process: process, mark: $0.mark, liveBytes: $0.liveBytes, liveBlocks: $0.liveBlocks)
      }
    }.sorted { $0.timeNanoseconds < $1.timeNanoseconds }
    let counts = Dictionary(rows.map { ($0.mark.label, 1) }, uniquingKeysWith: +)
    var seen: [String: Int] = [:]
    for number in rows.indices {
      let label = rows[number].mark.label
      seen[label, default: 0] += 1
      rows[number].moment = counts[label] == 1 ? label : "\(label)#\(seen[label] ?? 1)"
    }
    return rows
  }

  /// An amount that the recorder may not have learnt.
  static func known(_ bytes: UInt64) -> String {
    bytes == 0 ? "?" : Quantity.bytes(Int(clamping: bytes))
  }
}
