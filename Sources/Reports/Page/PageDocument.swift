import Aggregation
import TraceFormat

/// All that a page shows, in two parts: small facts as JSON, and the large tables as columns. What it
/// says is what the reports say, from the same values; the page adds up and draws.
package struct PageDocument: PageContent {
  /// What the page is made of.
  package struct Content {
    let trace: AnalyzedTrace
    let growth: GrowthReport?
    let group: ProfileGroup?
    /// When blocks lived, by node of `PresentedStacks.placeGroups`.
    let lives: HeapLives?
    /// Of one process; nil if they were not looked for.
    let phases: ProcessPhases?
    let suppressions: LeakSuppressionList
    /// Whether names of paths, the command line and marks are left out.
    let isRedacted: Bool

    package init(
      _ trace: AnalyzedTrace, growth: GrowthReport? = nil, group: ProfileGroup? = nil,
      lives: HeapLives? = nil, phases: ProcessPhases? = nil,
      suppressions: LeakSuppressionList = .standard, isRedacted: Bool = false
    ) {
      self.trace = trace
      self.growth = growth
      self.group = group
      self.lives = lives
      self.phases = phases
      self.suppressions = suppressions
      self.isRedacted = isRedacted
    }
  }

  /// More of these nobody reads on a page.
  private static let mostMarks = 1_000
  private static let mostSamples = 4_000
  private static let mostThreads = 1_000
  private static let mostProcesses = 1_000

  private let content: Content
  private let leaks: SuppressedLeaks
  private let kinds: [CostKind]
  private let redaction: PageRedaction

  private var trace: AnalyzedTrace { content.trace }
  private var profile: HeapProfile { content.trace.profile }

  package init(_ content: Content) {
    self.content = content
    leaks = SuppressedLeaks(content.trace, content.suppressions)
    redaction = PageRedaction(isOn: content.isRedacted)
    let choice = content.trace.profile.selection?.query.choice ?? .allocated
    let isDeep = content.trace.profile.selection != nil
    kinds = CostKind.standard.filter { kind in
      kind.isAdditive && kind.isKnown(of: choice) && (isDeep || !kind.needsQuery)
        // Of the whole run what is live at its end is what leaked.
        && (kind != .live || !content.trace.filter.isEmpty)
    }
  }

  /// Nodes that the tree has where there is room for all.
  package var nodeCount: Int { PageTree.nodeCount(trace) }

  /// The document with at most so many nodes.
  package func bytes(nodes limit: Int, analyzerVersion: String) -> [UInt8] {
    let tree = PageTree(leaks, kinds: kinds, limit: limit)
    var columns = PageColumns()
    let names = PageNames(tree, trace.stacks, redaction)
    add(tree, names, to: &columns)
    addTimes(to: &columns)
    addLives(tree, to: &columns)
    return Self.laidOut(columns) { json in
      ReportJSON.identity("memtrace-page", analyzerVersion, to: &json)
      writeRun(to: &json)
      writeCosts(to: &json)
      writeVerdicts(names, to: &json)
      ReportJSON.notices(trace.notices.map(redaction.notice), to: &json)
      writeFolding(tree, to: &json)
      names.write(to: &json)
      writeTimes(to: &json)
      PagePhases(content.phases, redaction).write(to: &json)
      writeThreads(to: &json)
      writeHistograms(to: &json)
      writeLeaks(to: &json)
      writeGrowth(tree, to: &json)
      writeProcesses(to: &json)
    }
  }

  // MARK: Columns

  private func add(_ tree: PageTree, _ names: PageNames, to columns: inout PageColumns) {
    let nodes = tree.nodes
    columns.add("node.parent", nodes.enumerated().map { $0.offset - $0.element.parent })
    columns.add("node.function", nodes.map { names.function($0.function) })
    columns.add("node.file", nodes.map { names.file($0.file) })
    columns.add("node.line", nodes.map(\.line))
    columns.add(
      "node.flags",
      nodes.map { ($0.isInlined ? 1 : 0) + ($0.hasJumped ? 2 : 0) + ($0.isRecursive ? 4 : 0) })
    columns.add("node.folded", nodes.map(\.foldedStacks))
    let entries = tree.entries
    columns.addDeltas("stack.node", entries.map(\.node))
    for kind in kinds {
      columns.add("value.\(kind.rawValue)", entries.map { kind.value(of: $0.cost) })
      if kind.isBytes {
        columns.add("blocks.\(kind.rawValue)", entries.map { kind.blocks(of: $0.cost) })
      }
    }
    columns.add("stack.suppressed", entries.map(\.suppressedBytes))
    columns.add("stack.suppressedBlocks", entries.map(\.suppressedBlocks))
    if hasOwnPeaks {
      columns.add("value.own-peak", entries.map(\.cost.ownPeakBytes))
      columns.add("blocks.own-peak", entries.map(\.cost.ownPeakAllocations))
    }
  }

  private var hasOwnPeaks: Bool { !(profile.selection?.ownPeaks.isEmpty ?? true) }

  private func addTimes(to columns: inout PageColumns) {
    let points = profile.timeline
    columns.addDeltas("time.end", points.map(\.timeNanoseconds))
    columns.addDeltas("time.live", points.map(\.liveBytes))
    columns.addDeltas("time.least", points.map(\.minimumBytes))
    columns.addDeltas("time.most", points.map(\.maximumBytes))
    columns.addDeltas("time.blocks", points.map(\.liveAllocations))
    columns.addDeltas("time.allocations", points.map(\.allocations))
    columns.addDeltas("time.bytes", points.map(\.allocatedBytes))
    let samples = Self.thinned(profile.memorySamples)
    columns.addDeltas("resident.time", samples.map(\.timeNanoseconds))
    columns.addDeltas("resident.bytes", samples.map(\.residentBytes))
    columns.addDeltas("resident.program", samples.map(\.programBytes))
  }

  private func addLives(_ tree: PageTree, to columns: inout PageColumns) {
    guard let lives = content.lives else { return }
    let rows = tree.lives(lives)
    columns.addDeltas("life.stack", rows.map(\.group))
    columns.addDeltas("life.birth", rows.map(\.birth))
    columns.addDeltas("life.death", rows.map(\.death))
    columns.add("life.blocks", rows.map(\.blocks))
    columns.add("life.bytes", rows.map(\.bytes))
    columns.addDeltas("interval.peak", lives.peaks.map(\.bytes))
    columns.addDeltas("interval.peakBlocks", lives.peaks.map(\.blocks))
  }

  /// Of so many neighbours that few enough are left the largest.
  private static func thinned(_ samples: [MemorySample]) -> [MemorySample] {
    let step = (samples.count + mostSamples - 1) / mostSamples
    guard step > 1 else { return samples }
    return stride(from: 0, to: samples.count, by: step).compactMap { start in
      samples[start..<min(start + step, samples.count)].max { $0.residentBytes < $1.residentBytes }
    }
  }

  // MARK: Facts

  private func writeRun<Output>(to json: inout JSONWriter<Output>) {
    let process = profile.process
    let isGroup = content.group != nil
    json.object("run") { json in
      json.member(
        "name",
        content.group.map {
          Quantity.counted(GroupFigures.processCount($0), "process", "processes")
        } ?? redaction.name(of: process))
      json.member("ending", isGroup ? nil : ProcessText.endingAndDuration(of: process))
      json.member("command", isGroup ? nil : redaction.command(of: process))
      json.member("directory", isGroup ? nil : redaction.secret(process.workingDirectory))
      json.member("pid", optional: isGroup ? nil : process.pid)
      json.member(
        "started",
        process.startRealtimeNanoseconds == 0
          ? nil : ProcessText.moment(realtimeNanoseconds: process.startRealtimeNanoseconds))
      json.member("durationNanoseconds", process.durationNanoseconds)
      json.member("startNanoseconds", profile.selection?.window.lowerBound ?? 0)
      json.member("trace", redaction.path(trace.path))
      json.member("traceBytes", profile.inventory.fileBytes)
      json.member("threads", profile.threads.count)
      json.member("allocator", redaction.path(process.allocator))
      json.member("filter", redaction.secret(trace.filterSentence))
      json.member("redacted", content.isRedacted)
      json.member("followsBlocks", profile.selection != nil)
    }
    let figures =
      content.group.map { GroupFigures($0, trace, leaks).rows }
      ?? SummaryReport(leaks).figures
    json.array("figures") { json in
      for figure in figures {
        json.object(compact: true) { json in
          json.member("label", figure.label)
          json.member("value", figure.value)
          json.member("remark", figure.wholeRemark)
        }
      }
    }
  }

  private func writeCosts<Output>(to json: inout JSONWriter<Output>) {
    json.array("costs") { json in
      for kind in kinds + (hasOwnPeaks ? [CostKind.ownPeak] : []) {
        json.object(compact: true) { json in
          json.member("name", kind.rawValue)
          json.member("title", kind.title)
          json.member(
            "abstract",
            kind == .peak && content.group != nil
              ? "bytes that were live when each process's heap was largest" : kind.abstract)
          json.member("isBytes", kind.isBytes)
          json.member("isAdditive", kind.isAdditive)
          json.member("total", kind.total(of: profile.totals))
          json.member("blocks", kind.blocks(of: profile.totals.cost))
        }
      }
    }
  }

  private func writeVerdicts<Output>(_ names: PageNames, to json: inout JSONWriter<Output>) {
    let verdicts = PageVerdicts(
      pageFunction: names.known, leaks: leaks, growth: content.growth)
    json.array("verdicts") { json in
      for verdict in verdicts.all { verdict.write(to: &json) }
    }
  }

  private func writeFolding<Output>(_ tree: PageTree, to json: inout JSONWriter<Output>) {
    let folded = tree.entries.filter { tree.nodes[$0.node].foldedStacks > 0 }
    json.object("folding") { json in
      json.member("stacks", tree.stackCount)
      json.member("folded", tree.stackCount - tree.keptStacks)
      json.object("values", compact: true) { json in
        for kind in kinds {
          json.member(kind.rawValue, folded.reduce(0) { $0 + kind.value(of: $1.cost) })
        }
      }
    }
  }

  private func writeTimes<Output>(to json: inout JSONWriter<Output>) {
    json.member("peakNanoseconds", profile.totals.peakTimeNanoseconds)
    json.member("intervals", optional: content.lives?.intervals)
    json.member("intervalNanoseconds", optional: content.lives?.widthNanoseconds)
    json.member("markCount", profile.marks.count)
    json.array("marks") { json in
      for (number, mark) in profile.marks.prefix(Self.mostMarks).enumerated() {
        json.object(compact: true) { json in
          json.member("timeNanoseconds", mark.timeNanoseconds)
          json.member("label", redaction.mark(mark.label, number))
        }
      }
    }
  }

  private func writeThreads<Output>(to json: inout JSONWriter<Output>) {
    let threads = profile.threads.filter { $0.allocations > 0 }
      .sorted { ($0.allocatedBytes, $1.id) > ($1.allocatedBytes, $0.id) }
    json.member("threadCount", threads.count)
    json.array("threads") { json in
      for thread in threads.prefix(Self.mostThreads) {
        json.object(compact: true) { json in
          json.member("id", thread.owner?.number.rawValue ?? thread.id.rawValue)
          json.member("pid", optional: thread.owner?.pid)
          json.member("tid", thread.tid)
          json.member("name", SafeText.sanitized(thread.name))
          json.member("bytes", thread.allocatedBytes)
          json.member("allocations", thread.allocations)
          json.member("leaked", thread.leakedBytes)
          json.member("temporary", thread.temporaryAllocations)
        }
      }
    }
  }

  private func writeHistograms<Output>(to json: inout JSONWriter<Output>) {
    for (name, histogram) in [
      ("sizes", profile.selection?.sizes), ("lifetimes", profile.selection?.lifetimes),
    ] {
      json.array(name) { json in
        for bar in histogram?.bars ?? [] {
          json.object(compact: true) { json in
            json.member("least", bar.values.lowerBound)
            json.member("most", bar.values.upperBound)
            json.member("blocks", bar.blocks)
            json.member("bytes", bar.bytes)
            json.member("liveBytes", bar.liveBytes)
          }
        }
      }
    }
  }

  private func writeLeaks<Output>(to json: inout JSONWriter<Output>) {
    json.array("suppressions") { json in
      for use in leaks.uses.sorted(by: { $0.bytes > $1.bytes }) {
        json.object(compact: true) { json in
          json.member("pattern", SafeText.sanitized(use.entry.suppression.template))
          json.member("builtIn", use.entry.isBuiltIn)
          json.member("blocks", use.allocations)
          json.member("bytes", use.bytes)
        }
      }
    }
  }

  private func writeGrowth<Output>(_ tree: PageTree, to json: inout JSONWriter<Output>) {
    guard let growth = content.growth else { return json.member("growth", nil) }
    json.object("growth") { json in
      json.member("explanation", growth.explanation)
      json.member("windowNanoseconds", growth.windowNanoseconds)
      json.array("rows") { json in
        for row in growth.shown { growth.writePage(row, node: tree.node(of: row.stack), to: &json) }
      }
    }
  }

  private func writeProcesses<Output>(to json: inout JSONWriter<Output>) {
    let members = content.group?.members ?? []
    json.member("processCount", members.count)
    json.array("processes") { json in
      for member in members.prefix(Self.mostProcesses) {
        json.object(compact: true) { json in
          json.member("pid", member.process.pid)
          json.member("depth", member.depth)
          json.member(
            "name",
            content.isRedacted
              ? redaction.name(of: member.process)
              : SafeText.sanitized(ProcessText.shortCommand(of: member.process)))
          json.member("ending", ProcessText.shortEnding(of: member.process))
          json.member("durationNanoseconds", member.process.durationNanoseconds)
          json.member("allocations", member.totals.allocations)
          json.member("bytes", member.totals.allocatedBytes)
          json.member("peak", member.totals.peakBytes)
          json.member("leaked", member.totals.leakedBytes)
        }
      }
    }
  }
}
