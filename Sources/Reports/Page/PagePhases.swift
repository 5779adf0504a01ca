import Aggregation

/// The phases and snapshots of a page's process: the rows of `phases` and `snapshots`, and when each was,
/// so that its window can be chosen.
struct PagePhases {
  /// More of these nobody reads on a page.
  private static let most = 1_000
  private static let mostTimes = 100

  private let process: ProcessPhases?
  private let redaction: PageRedaction

  init(_ process: ProcessPhases?, _ redaction: PageRedaction) {
    self.process = process
    self.redaction = redaction
  }

  func write<Output>(to json: inout JSONWriter<Output>) {
    let rows = process.map(PhaseRow.rows) ?? []
    json.member("phaseCount", rows.count)
    json.array("phases") { json in
      for (number, row) in rows.prefix(Self.most).enumerated() {
        json.object { json in
          json.member("name", redaction.mark(row.path.last ?? "", number, "phase"))
          json.member("depth", row.path.count - 1)
          json.member("freeStanding", row.isFreeStanding)
          json.member("entered", row.costs.entered)
          json.member("notEnded", row.unended)
          write(row.costs, to: &json)
          json.array("times") { json in
            for time in row.times.prefix(Self.mostTimes) {
              write(row.process.found.phases[time], row.process, to: &json)
            }
          }
        }
      }
    }
    let snapshots = process?.found.snapshots ?? []
    json.member("snapshotCount", snapshots.count)
    json.array("snapshots") { json in
      for (number, snapshot) in snapshots.prefix(Self.most).enumerated() {
        json.object(compact: true) { json in
          json.member("name", redaction.mark(snapshot.mark.label, number, "snapshot"))
          json.member("timeNanoseconds", snapshot.mark.timeNanoseconds)
          json.member("liveBytes", snapshot.liveBytes)
          json.member("liveBlocks", snapshot.liveBlocks)
          json.member("residentBytes", snapshot.mark.residentBytes)
        }
      }
    }
  }

  private func write<Output>(
    _ phase: (span: PhaseSpan, costs: PhaseCosts), _ process: ProcessPhases,
    to json: inout JSONWriter<Output>
  ) {
    let start = process.offsetNanoseconds &+ phase.span.startNanoseconds
    json.object(compact: true) { json in
      json.member("startNanoseconds", start)
      json.member("endNanoseconds", start &+ phase.costs.timeNanoseconds)
      json.member("peakBytes", phase.costs.peakBytes)
      json.member("growthBytes", phase.costs.growthBytes)
    }
  }

  private func write<Output>(_ costs: PhaseCosts, to json: inout JSONWriter<Output>) {
    json.member("timeNanoseconds", costs.timeNanoseconds)
    json.member("initialBytes", costs.initialBytes)
    json.member("peakBytes", costs.peakBytes)
    json.member("finalBytes", costs.finalBytes)
    json.member("growthBytes", costs.growthBytes)
    json.member("allocations", costs.allocations)
    json.member("temporaryAllocations", costs.temporaryAllocations)
  }
}
