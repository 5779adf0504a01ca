import Aggregation
import TraceFormat

/// All that the page of a comparison shows, laid out as `PageDocument` lays its own out. Its figures are
/// those of `diff`, by its own matching.
package struct ComparisonDocument: PageContent {
  /// What is compared, and what the two sides are called.
  package struct Content {
    let before: AnalyzedTrace
    let after: AnalyzedTrace
    let isRedacted: Bool

    package init(_ before: AnalyzedTrace, _ after: AnalyzedTrace, isRedacted: Bool = false) {
      self.before = before
      self.after = after
      self.isRedacted = isRedacted
    }
  }

  /// Groups of the comparison, in a table.
  private struct Table {
    let name: String
    let title: String
    let about: String
    let rows: [(row: TraceDifference.Row, values: [ComparisonTree.Change])]
  }

  private let content: Content
  private let kinds: [CostKind]
  private let redaction: PageRedaction
  private let tree: ComparisonTree
  private let tables: [Table]

  private var before: AnalyzedTrace { content.before }
  private var after: AnalyzedTrace { content.after }

  package init(_ content: Content) {
    self.content = content
    redaction = PageRedaction(isOn: content.isRedacted)
    let sides = [content.before, content.after]
    let choice = content.after.profile.selection?.query.choice ?? .allocated
    let isDeep = sides.allSatisfy { $0.profile.selection != nil }
    kinds = CostKind.standard.filter { kind in
      kind.isAdditive && kind.isKnown(of: choice) && (isDeep || !kind.needsQuery)
        // Of the whole run what is live at its end is what leaked.
        && (kind != .live || !content.after.filter.isEmpty)
    }
    let kinds = kinds
    func compared(
      _ grouping: CostGrouping, isInclusive: Bool = false
    ) -> [(row: TraceDifference.Row, values: [ComparisonTree.Change])] {
      let matched = ComparedSides(
        content.before, content.after,
        TraceDifference.Question(by: .bytes, grouping: grouping, isInclusive: isInclusive))
      var found = matched.rows(by: .bytes).map { ($0, [ComparisonTree.Change]()) }
      for kind in kinds {
        for (index, row) in matched.rows(by: kind).enumerated() {
          found[index].1.append(ComparisonTree.Change(row))
        }
      }
      return found.filter { _, values in values.contains { $0.blocksBefore + $0.blocksAfter > 0 } }
    }
    tree = ComparisonTree(compared(.stack), before: content.before, after: content.after)
    tables = [
      Table(
        name: "functions", title: "Functions", about: "With all that they call.",
        rows: compared(.function, isInclusive: true)),
      Table(
        name: "allocators", title: "Allocating functions",
        about: "What they allocate by themselves.",
        rows: compared(.function)),
      Table(
        name: "modules", title: "Modules", about: "What their functions allocate by themselves.",
        rows: compared(.module)),
    ]
  }

  package var nodeCount: Int { max(tree.nodes.count, tables.map(\.rows.count).max() ?? 0) }

  package func bytes(nodes limit: Int, analyzerVersion: String) -> [UInt8] {
    let tree = tree.bounded(nodes: limit)
    let tables = tables.map { bounded($0, rows: limit) }
    var columns = PageColumns()
    add(tree, to: &columns)
    for table in tables { add(table, to: &columns) }
    return PageDocument.laidOut(columns) { json in
      ReportJSON.identity("memtrace-page", analyzerVersion, to: &json)
      writeSides(to: &json)
      writeFigures(to: &json)
      writeCosts(to: &json)
      writeVerdicts(to: &json)
      ReportJSON.notices(notices.map(redaction.notice), to: &json)
      json.object("folding") { json in
        json.member("stacks", tree.rowCount)
        json.member("folded", tree.foldedRows)
        json.object("values", compact: true) { _ in }
      }
      writeFunctions(tree, to: &json)
      json.array("tables") { json in
        for table in tables { write(table, to: &json) }
      }
    }
  }

  /// The rows with the largest shares; the page says how many are left out.
  private func bounded(_ table: Table, rows limit: Int) -> Table {
    guard table.rows.count > limit else { return table }
    let totals = kinds.indices.map { kind in
      Double(max(1, table.rows.reduce(0) { $0 &+ $1.values[kind].most }))
    }
    func share(_ values: [ComparisonTree.Change]) -> Double {
      zip(values, totals).reduce(0) { max($0, Double($1.0.most) / $1.1) }
    }
    let ranked = table.rows.enumerated()
      .sorted { (share($0.element.values), $1.offset) > (share($1.element.values), $0.offset) }
    return Table(
      name: table.name, title: table.title, about: table.about,
      rows: ranked.prefix(max(0, limit)).sorted { $0.offset < $1.offset }.map(\.element))
  }

  /// Of both traces; the same is said once.
  private var notices: [Notice] {
    let before = before.notices
    return before + after.notices.filter { !before.contains($0) }
  }

  // MARK: Columns

  private func add(_ tree: ComparisonTree, to columns: inout PageColumns) {
    let nodes = tree.nodes
    columns.add("node.parent", nodes.enumerated().map { $0.offset - $0.element.parent })
    columns.add("node.function", nodes.map { ($0.function ?? -1) + 1 })
    columns.add("node.file", nodes.map { _ in 0 })
    columns.add("node.line", nodes.map { _ in 0 })
    columns.add("node.flags", nodes.map { $0.isInlined ? 1 : 0 })
    columns.add("node.folded", nodes.map(\.foldedStacks))
    columns.addDeltas("stack.node", tree.entries.map(\.node))
    columns.add("stack.match", tree.entries.map { Self.code($0.match) })
    for (index, kind) in kinds.enumerated() {
      add(tree.entries.map { $0.values[index] }, kind, named: "", to: &columns)
    }
  }

  private static func code(_ match: StackMatching.Match?) -> Int {
    switch match {
    case nil: 0
    case .exact: 1
    case .name: 2
    case .fuzzy: 3
    }
  }

  private func add(_ table: Table, to columns: inout PageColumns) {
    for (index, kind) in kinds.enumerated() {
      add(table.rows.map { $0.values[index] }, kind, named: "\(table.name).", to: &columns)
    }
  }

  private func add(
    _ values: [ComparisonTree.Change], _ kind: CostKind, named prefix: String,
    to columns: inout PageColumns
  ) {
    columns.add("\(prefix)before.\(kind.rawValue)", values.map(\.before))
    columns.add("\(prefix)after.\(kind.rawValue)", values.map(\.after))
    guard kind.isBytes else { return }
    columns.add("\(prefix)blocksBefore.\(kind.rawValue)", values.map(\.blocksBefore))
    columns.add("\(prefix)blocksAfter.\(kind.rawValue)", values.map(\.blocksAfter))
  }

  // MARK: Facts

  private func writeSides<Output>(to json: inout JSONWriter<Output>) {
    json.object("run") { json in
      json.member("name", "\(redaction.path(before.path)) → \(redaction.path(after.path))")
      json.member("redacted", content.isRedacted)
      json.member("followsBlocks", after.profile.selection != nil)
    }
    json.array("sides") { json in
      for trace in [before, after] {
        let process = trace.profile.process
        let isOne = trace.profile.traceCount == 1
        json.object { json in
          json.member("trace", redaction.path(trace.path))
          json.member("command", isOne ? redaction.command(of: process) : nil)
          json.member("ending", isOne ? ProcessText.endingAndDuration(of: process) : nil)
          json.member("filter", redaction.secret(trace.filterSentence))
        }
      }
    }
  }

  private func writeFigures<Output>(to json: inout JSONWriter<Output>) {
    json.array("figures") { json in
      for kind in kinds where !kind.needsQuery {
        let (old, new) = (total(kind, before), total(kind, after))
        json.object(compact: true) { json in
          json.member("label", ComparisonVerdicts.name(of: kind))
          json.member("value", "\(kind.text(old)) → \(kind.text(new))")
          json.member("remark", Self.change(old, new, kind))
        }
      }
    }
  }

  private func total(_ kind: CostKind, _ trace: AnalyzedTrace) -> Int {
    kind.total(of: trace.profile.totals)
  }

  /// A difference in words: `+3 MiB, 12 % more`.
  static func change(_ old: Int, _ new: Int, _ kind: CostKind) -> String {
    guard old != new else { return "no change" }
    let difference = kind.text((new &- old).magnitude.clamped)
    let share = Quantity.percent((new &- old).magnitude.clamped, of: old)
    let isMore = new > old
    return (isMore ? "+" : "-") + difference
      + (share.isEmpty ? "" : ", \(share) \(isMore ? "more" : "less")")
  }

  private func writeCosts<Output>(to json: inout JSONWriter<Output>) {
    json.array("costs") { json in
      for kind in kinds {
        json.object(compact: true) { json in
          json.member("name", kind.rawValue)
          json.member("title", kind.title)
          json.member("abstract", kind.abstract)
          json.member("isBytes", kind.isBytes)
          json.member("isAdditive", true)
          json.member("before", total(kind, before))
          json.member("after", total(kind, after))
          json.member("total", max(total(kind, before), total(kind, after)))
        }
      }
    }
  }

  private func writeVerdicts<Output>(to json: inout JSONWriter<Output>) {
    let table = tables[1].rows
    let verdicts = kinds.enumerated().filter { ComparisonVerdicts.kinds.contains($1) }.map {
      index, kind in
      ComparisonVerdicts.verdict(
        kind, before: total(kind, before), after: total(kind, after),
        changes: table.map { (Self.name($0.row), $0.values[index]) })
    }
    json.array("verdicts") { json in
      for verdict in ComparisonVerdicts.ranked(verdicts) { verdict.write(to: &json) }
    }
  }

  private func writeFunctions<Output>(
    _ tree: ComparisonTree, to json: inout JSONWriter<Output>
  ) {
    var modules: [String] = []
    var numbers: [String: Int] = [:]
    for function in tree.functions {
      guard let module = function.module, numbers[module] == nil else { continue }
      modules.append(module)
      numbers[module] = modules.count
    }
    json.array("functions") { json in
      for function in tree.functions { json.element(SafeText.sanitized(function.name)) }
    }
    json.array("functionModules", compact: true) { json in
      for function in tree.functions {
        json.element(function.module.flatMap { numbers[$0] } ?? 0)
      }
    }
    json.array("functionClasses", compact: true) { json in
      for function in tree.functions { json.element(function.isOwn ? 0 : 1) }
    }
    json.array("distinctions") { _ in }
    json.array("modules") { json in
      for module in modules { json.element(redaction.path(module)) }
    }
    json.array("files") { _ in }
  }

  private static func name(_ row: TraceDifference.Row) -> String {
    guard case .group(.frame(let label)) = row.name else { return "" }
    return label.function ?? label.module.map(PresentedFrame.baseName) ?? ""
  }

  private func write<Output>(_ table: Table, to json: inout JSONWriter<Output>) {
    let whole = tables.first { $0.name == table.name }?.rows.count ?? 0
    json.object { json in
      json.member("name", table.name)
      json.member("title", table.title)
      json.member("about", table.about)
      json.member("left", whole - table.rows.count)
      json.array("names") { json in
        for (row, _) in table.rows {
          guard case .group(.frame(let label)) = row.name else { continue }
          let module = label.module.map(redaction.path)
          let distinction = label.distinction.map { " (\($0))" } ?? ""
          json.element(
            SafeText.sanitized((label.function ?? module ?? "[no module]") + distinction))
        }
      }
      json.array("modules") { json in
        for (row, _) in table.rows {
          guard case .group(.frame(let label)) = row.name else { continue }
          json.element(label.function == nil ? "" : label.module.map(redaction.path) ?? "")
        }
      }
    }
  }
}

extension ComparisonTree.Change {
  fileprivate init(_ row: TraceDifference.Row) {
    self.init(
      before: row.before, after: row.after, blocksBefore: row.blocksBefore,
      blocksAfter: row.blocksAfter)
  }
}

extension CostKind {
  func text(_ value: Int) -> String {
    isBytes ? Quantity.bytes(value) : Quantity.grouped(value)
  }
}

extension UInt {
  fileprivate var clamped: Int { Int(clamping: self) }
}
