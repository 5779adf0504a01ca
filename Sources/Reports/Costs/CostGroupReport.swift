import Aggregation

/// A ranking of groups of blocks: by function, file, line, module, thread or size.
public struct GroupReport: Report {
  private let trace: AnalyzedTrace
  private let kind: CostKind
  private let grouping: CostGrouping
  private let limit: Int
  private let ranksInclusive: Bool
  private let groups: [CostGroup]

  /// Ranks groups by one cost and keeps the first `limit`. `trace` must answer a query of the
  /// grouping if the cost or the grouping needs one.
  ///
  /// - Precondition: `grouping` is not by stack, for which there is `TopReport`.
  public init(
    _ trace: AnalyzedTrace, by kind: CostKind, grouping: CostGrouping, limit: Int,
    ranksInclusive: Bool = false
  ) {
    precondition(grouping != .stack, "stacks have a report of their own")
    self.trace = trace
    self.kind = kind
    self.grouping = grouping
    self.limit = limit
    let isAskedByGroup = !kind.isAdditive
    self.ranksInclusive = ranksInclusive && grouping.hasFrames && !isAskedByGroup
    groups = CostGroup.groups(of: trace, by: grouping, isAskedByGroup: isAskedByGroup)
  }

  private func cost(_ group: CostGroup) -> StackCost {
    ranksInclusive ? group.inclusive ?? group.own : group.own
  }

  private var ranked: [CostGroup] {
    var best = BoundedRanking<(place: Int, group: CostGroup)>(limit: limit) { left, right in
      let (first, second) = (cost(left.group), cost(right.group))
      let values = (kind.value(of: first), kind.value(of: second))
      if values.0 != values.1 { return values.0 > values.1 }
      let blocks = (kind.blocks(of: first), kind.blocks(of: second))
      return blocks.0 != blocks.1 ? blocks.0 > blocks.1 : left.place < right.place
    }
    for (place, group) in groups.enumerated() where kind.blocks(of: cost(group)) > 0 {
      best.insert((place, group))
    }
    return best.elements.map(\.group)
  }

  /// Writes the ranking as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    let totals = trace.profile.totals
    let ranked = ranked
    output.write(
      "\n" + style.title("\(CostText.title(kind, trace.profile)) by \(grouping.rawValue)"))
    guard !ranked.isEmpty else {
      output.write(": \(CostText.nothing(kind, trace.profile))\n")
      return
    }
    output.write("  " + style.faint(CostText.whole(kind, trace.profile)) + "\n\n")
    let hasInclusive = ranked.contains { $0.inclusive != nil }
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("", .right), (hasInclusive ? "self" : kind.rawValue, .right), ("", .right),
    ]
    if hasInclusive { columns += [("inclusive", .right), ("", .right)] }
    if kind.isBytes { columns.append(("blocks", .right)) }
    columns += GroupText.titles(grouping).map { ($0, .left) }
    var table = TextTable(columns)
    let total = kind.total(of: totals)
    for (index, group) in ranked.enumerated() {
      var cells = [String(index + 1)]
      for cost in [group.own] + (hasInclusive ? [group.inclusive ?? group.own] : []) {
        cells.append(CostText.value(kind, cost))
        cells.append(Quantity.percent(kind.value(of: cost), of: total))
      }
      if kind.isBytes { cells.append(Quantity.grouped(kind.blocks(of: cost(group)))) }
      cells += GroupText.cells(group.label, grouping, columns: style.width - 46)
      table.add(cells)
    }
    table.write(to: &output, indent: "", style: style)
    let others = groups.lazy.filter { kind.blocks(of: cost($0)) > 0 }.count - ranked.count
    if others > 0 {
      output.write("\n" + style.faint("… \(Quantity.grouped(others)) more") + "\n")
    }
  }

  /// Writes the ranking as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-top", trace, analyzerVersion, to: &json)
      json.member("by", kind.rawValue)
      json.member("groupBy", grouping.rawValue)
      json.member("total", kind.total(of: trace.profile.totals))
      ReportJSON.notices(trace.notices, to: &json)
      json.array("groups") { json in
        for group in ranked {
          json.object { json in
            GroupText.members(group.label, grouping, to: &json)
            json.object("self") {
              ReportJSON.cost(group.own, of: trace, hasOwnPeak: group.hasOwnPeak, to: &$0)
            }
            if let inclusive = group.inclusive {
              json.object("inclusive") {
                ReportJSON.cost(
                  inclusive, of: trace, hasOwnPeak: trace.profile.isOfMoment, to: &$0)
              }
            }
          }
        }
      }
    }
    json.finish()
  }
}
