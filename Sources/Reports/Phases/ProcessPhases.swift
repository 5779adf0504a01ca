import Aggregation
import TraceFormat

/// The phases and snapshots of one process of a run.
public struct ProcessPhases: Sendable {
  public let pid: UInt32
  public let program: String
  /// How much later than the run it began.
  public let offsetNanoseconds: UInt64
  public let found: MeasuredPhases

  public init(pid: UInt32, program: String, offsetNanoseconds: UInt64, found: MeasuredPhases) {
    self.pid = pid
    self.program = program
    self.offsetNanoseconds = offsetNanoseconds
    self.found = found
  }
}

/// A phase of one process, all times that it was entered as one.
struct PhaseRow: Sendable {
  let process: ProcessPhases
  let path: [String]
  let isFreeStanding: Bool
  var costs: PhaseCosts
  /// Of the first time, in the time of the run.
  let startNanoseconds: UInt64
  var unended: Int
  /// The places of its times among the phases of the process.
  var times: [Int]

  /// The rows of a process, each phase followed by those in it, otherwise in the order in which they
  /// began.
  static func rows(of process: ProcessPhases) -> [PhaseRow] {
    struct Key: Hashable {
      let path: [String]
      let isFreeStanding: Bool
    }
    var rows: [PhaseRow] = []
    var places: [Key: Int] = [:]
    for (number, (span, costs)) in process.found.phases.enumerated() {
      let key = Key(path: span.path, isFreeStanding: span.thread == nil)
      let unended = span.endNanoseconds == nil ? 1 : 0
      if let place = places[key] {
        rows[place].costs.add(costs)
        rows[place].unended += unended
        rows[place].times.append(number)
      } else {
        places[key] = rows.count
        rows.append(
          PhaseRow(
            process: process, path: span.path, isFreeStanding: span.thread == nil, costs: costs,
            startNanoseconds: process.offsetNanoseconds &+ span.startNanoseconds,
            unended: unended, times: [number]))
      }
    }
    // By row: the places of itself and the rows around it, the outermost first.
    let order = rows.map { row in
      (1...row.path.count).map { count in
        places[Key(path: Array(row.path.prefix(count)), isFreeStanding: row.isFreeStanding)]
          ?? rows.count
      }
    }
    return rows.indices.sorted { order[$0].lexicographicallyPrecedes(order[$1]) }.map { rows[$0] }
  }
}
