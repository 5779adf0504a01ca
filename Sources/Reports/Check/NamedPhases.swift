import Aggregation

/// The phases of a run by the names that limits give them.
struct NamedPhases: Sendable {
  private let rows: [PhaseRow]

  init(_ processes: [ProcessPhases]) { rows = processes.flatMap(PhaseRow.rows) }

  /// A phase is named by its own name, or by its path: `train/clean`.
  private func rows(of name: String) -> [PhaseRow] {
    rows.filter { $0.path.last == name || $0.path.joined(separator: "/") == name }
  }

  /// The paths of all phases, as a file of lines can have them.
  var paths: [String] {
    var seen: Set<String> = []
    return rows.map { $0.path.joined(separator: "/") }.filter { path in
      !path.isEmpty && !path.contains(where: \.isNewline) && path.first?.isWhitespace == false
        && seen.insert(path).inserted
    }
  }

  /// All times of all phases of a name; nil if there was none.
  func costs(of name: String) -> PhaseCosts? {
    let rows = rows(of: name)
    guard var costs = rows.first?.costs else { return nil }
    for row in rows.dropFirst() { costs.add(row.costs) }
    return costs
  }

  /// The window, in the time of the run, of the time that cost most.
  func window(of name: String, costliestIn figure: MemoryLimit.Figure) -> Range<UInt64>? {
    func cost(_ costs: PhaseCosts) -> Int {
      switch figure {
      case .growth: costs.growthBytes
      case .allocated: costs.allocatedBytes
      case .allocations: costs.allocations
      case .temporary: costs.temporaryAllocations
      case .peak, .leaked, .resident: costs.peakBytes
      }
    }
    let times = rows(of: name).flatMap { row in
      row.times.map { (row.process.offsetNanoseconds, row.process.found.phases[$0]) }
    }
    guard let (offset, phase) = times.max(by: { cost($0.1.costs) < cost($1.1.costs) }) else {
      return nil
    }
    let start = phase.span.startNanoseconds &+ offset
    return start..<max(start, phase.span.endNanoseconds.map { $0 &+ offset } ?? .max)
  }

  /// Why there is no figure of a phase.
  func reason(whyNot name: String) -> String {
    guard rows(of: name).isEmpty else { return "That is not known of phases." }
    let known = Set(rows.map { $0.path.joined(separator: "/") }).sorted().prefix(12)
    return "The program entered no phase \(name)"
      + (known.isEmpty ? ", nor any other." : "; it entered \(known.joined(separator: ", ")).")
  }
}
