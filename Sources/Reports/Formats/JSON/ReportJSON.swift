import Aggregation
import TraceFormat

/// The parts that several JSON reports share. docs/JSON.md documents them; a change that removes
/// or renames a member raises `schemaVersion`.
enum ReportJSON {
  static let schemaVersion = 2

  static func identity<Output>(
    _ schema: String, _ analyzerVersion: String, to json: inout JSONWriter<Output>
  ) {
    json.member("schema", schema)
    json.member("schemaVersion", schemaVersion)
    json.member("analyzerVersion", analyzerVersion)
  }

  static func damage<Output>(_ damage: [TraceDamage], to json: inout JSONWriter<Output>) {
    json.array("damage") { json in
      for damage in damage {
        json.object(compact: true) { json in
          json.member("offset", damage.offset)
          json.member("skippedBytes", damage.skippedBytes)
          json.member("cause", damage.cause)
        }
      }
    }
  }

  static func header<Output>(
    _ schema: String, _ trace: AnalyzedTrace, _ analyzerVersion: String,
    to json: inout JSONWriter<Output>
  ) {
    identity(schema, analyzerVersion, to: &json)
    json.object("trace") { file(trace, to: &$0) }
    filter(trace, to: &json)
  }

  /// One of several traces of a report, with its filter.
  static func trace<Output>(
    _ key: String, _ trace: AnalyzedTrace, to json: inout JSONWriter<Output>
  ) {
    json.object(key) { json in
      file(trace, to: &json)
      filter(trace, to: &json)
    }
  }

  private static func file<Output>(_ trace: AnalyzedTrace, to json: inout JSONWriter<Output>) {
    json.member("path", trace.path)
    json.member("fileBytes", trace.profile.inventory.fileBytes)
    json.member("closed", trace.profile.process.isClosed)
    json.member("damaged", !trace.profile.damage.isEmpty)
  }

  /// What the figures are about, as it was asked for and resolved; null if no block is left out.
  private static func filter<Output>(_ trace: AnalyzedTrace, to json: inout JSONWriter<Output>) {
    guard let selection = trace.profile.selection, !trace.filter.isEmpty else {
      json.member("filter", nil)
      return
    }
    let filter = trace.filter
    json.object("filter") { json in
      if filter.space != .heap { json.member("space", filter.space.rawValue) }
      json.member("blocks", filter.choice.rawValue)
      json.member("fromNanoseconds", selection.window.lowerBound)
      json.member("toNanoseconds", selection.window.upperBound)
      for (key, names) in [
        ("threads", filter.threads), ("functions", filter.functions), ("modules", filter.modules),
        ("exclude", filter.excluded),
      ] {
        json.array(key, compact: true) { json in
          for name in names { json.element(name) }
        }
      }
      json.member("smallestBytes", optional: filter.sizes?.lowerBound)
      json.member(
        "largestBytes",
        optional: filter.sizes.flatMap { $0.upperBound == .max ? nil : $0.upperBound })
      json.member("minimumStackBytes", optional: filter.minimumBytes)
    }
  }

  static func process<Output>(_ process: TracedProcess, to json: inout JSONWriter<Output>) {
    let end = ProcessText.endReason(of: process)
    json.object("process") { json in
      json.member("program", process.program)
      json.member("executable", process.executable)
      json.array("arguments", compact: true) { json in
        for argument in process.arguments { json.element(argument) }
      }
      json.member("title", process.title.isEmpty ? nil : process.title)
      json.member("directory", process.workingDirectory)
      json.member("pid", process.pid)
      json.member("parentPid", process.parentPID)
      json.member("rootPid", process.rootPID)
      json.member("origin", originName(process.origin))
      json.member("startUnixNanoseconds", process.startRealtimeNanoseconds)
      json.member("durationNanoseconds", process.durationNanoseconds)
      json.object("end", compact: true) { json in
        json.member("reason", end.reason)
        json.member("status", optional: end.status)
      }
    }
  }

  /// Programs of the run that could not be traced.
  static func untraced<Output>(_ profile: HeapProfile, to json: inout JSONWriter<Output>) {
    json.array("untraced") { json in
      for program in profile.untraced {
        json.object(compact: true) { json in
          json.member("path", program.path)
          json.member("pid", program.pid)
          json.member("reason", reasonName(program.reason))
          json.member("timeNanoseconds", program.timeNanoseconds)
        }
      }
    }
  }

  private static func reasonName(_ reason: UntracedProgram.Reason) -> String {
    switch reason {
    case .isStatic: "static"
    case .otherLibrary: "library"
    case .otherMachine: "machine"
    case .environment: "environment"
    case .privileged: "privileged"
    case .other: "unknown"
    }
  }

  static func totals<Output>(_ profile: HeapProfile, to json: inout JSONWriter<Output>) {
    totals(profile.totals, selection: profile.selection, objects: profile.objects, to: &json)
  }

  /// The sums of a whole run, or of what a query selected.
  static func totals<Output>(
    _ totals: HeapTotals, selection: HeapSelection? = nil, objects: StackCost? = nil,
    to json: inout JSONWriter<Output>
  ) {
    let hasPeak = selection?.query.choice.hasPeak ?? true
    json.object("totals") { json in
      json.member("allocations", totals.allocations)
      json.member("frees", totals.frees)
      json.member("allocatedBytes", totals.allocatedBytes)
      json.member("peakBytes", optional: hasPeak ? totals.peakBytes : nil)
      json.member("peakBlocks", optional: hasPeak ? totals.peakAllocations : nil)
      json.member("peakAllocations", optional: hasPeak ? totals.peakAllocations : nil)
      json.member("peakTimeNanoseconds", optional: hasPeak ? totals.peakTimeNanoseconds : nil)
      json.member("peakErrorBytes", optional: hasPeak ? totals.peakErrorBytes : nil)
      ends(totals.cost, to: &json)
      json.member("reallocations", totals.reallocations)
      json.member("unknownFrees", totals.unknownFrees)
      json.member("inheritedFrees", totals.inheritedFrees)
      json.member("pausedFrees", totals.pausedFrees)
      json.member("supersededBlocks", totals.supersededBlocks)
      json.member("lostEvents", totals.lostEvents)
      if let objects {
        json.object("objects") { json in
          json.member("allocations", objects.allocations)
          json.member("allocatedBytes", objects.allocatedBytes)
          json.member("peakAllocations", optional: hasPeak ? objects.peakAllocations : nil)
          json.member("peakBytes", optional: hasPeak ? objects.peakBytes : nil)
          ends(objects, to: &json)
        }
      }
      guard selection != nil else { return }
      lives(totals.cost, to: &json)
    }
  }

  /// What several processes held at one moment; a single one's peak is in its totals.
  static func peakTogether<Output>(_ profile: HeapProfile, to json: inout JSONWriter<Output>) {
    guard let peak = profile.peakTogether else { return }
    json.object("peakTogether", compact: true) { json in
      json.member("leastBytes", peak.leastBytes)
      json.member("mostBytes", peak.mostBytes)
      json.member("timeNanoseconds", peak.timeNanoseconds)
    }
  }

  /// The costs of one stack or group; those that only a query tells, if it was asked.
  static func cost<Output>(
    _ cost: StackCost, of trace: AnalyzedTrace, hasOwnPeak: Bool = true,
    to json: inout JSONWriter<Output>
  ) {
    json.member("allocations", cost.allocations)
    json.member("allocatedBytes", cost.allocatedBytes)
    let hasPeak = trace.profile.selection?.query.choice.hasPeak ?? true
    json.member("peakBlocks", optional: hasPeak ? cost.peakAllocations : nil)
    json.member("peakAllocations", optional: hasPeak ? cost.peakAllocations : nil)
    json.member("peakBytes", optional: hasPeak ? cost.peakBytes : nil)
    ends(cost, to: &json)
    guard trace.profile.selection != nil else { return }
    let hasOwnPeak = hasOwnPeak && hasPeak
    json.member("ownPeakBlocks", optional: hasOwnPeak ? cost.ownPeakAllocations : nil)
    json.member("ownPeakAllocations", optional: hasOwnPeak ? cost.ownPeakAllocations : nil)
    json.member("ownPeakBytes", optional: hasOwnPeak ? cost.ownPeakBytes : nil)
    lives(cost, to: &json)
  }

  /// What became of blocks, as every trace tells it.
  private static func ends<Output>(_ cost: StackCost, to json: inout JSONWriter<Output>) {
    json.member("leakedAllocations", cost.leakedAllocations)
    json.member("leakedBytes", cost.leakedBytes)
    json.member("liveAllocations", cost.liveAllocations)
    json.member("liveBytes", cost.liveBytes)
    json.member("temporaryAllocations", cost.temporaryAllocations)
  }

  /// What takes the life of each block to tell.
  private static func lives<Output>(_ cost: StackCost, to json: inout JSONWriter<Output>) {
    json.member("shortLivedAllocations", cost.shortLivedAllocations)
    json.member("movedAllocations", cost.movedAllocations)
    json.member("resizedAllocations", cost.resizedAllocations)
    json.member("copiedBytes", cost.copiedBytes)
    json.member("wastedBytes", cost.wastedBytes)
  }

  static func notices<Output>(_ notices: [Notice], to json: inout JSONWriter<Output>) {
    json.array("notices") { json in
      for notice in notices {
        json.object(compact: true) { json in
          json.member("severity", notice.severity.rawValue)
          json.member("kind", notice.kind.rawValue)
          json.member("message", notice.message)
        }
      }
    }
  }

  static func relatives<Output>(
    _ relatives: [RelatedTrace], to json: inout JSONWriter<Output>
  ) {
    json.array("otherProcesses") { json in
      for relative in relatives.sorted(by: { $0.path < $1.path }) {
        json.object(compact: true) { json in
          json.member("path", relative.path)
          json.member("program", relative.program)
          json.member("pid", relative.pid)
          json.member("allocations", relative.allocations)
          json.member("allocatedBytes", relative.allocatedBytes)
        }
      }
    }
  }

  /// An array of stacks with all their costs, frames from the innermost to the outermost.
  static func stacks<Output>(
    _ key: String, _ stacks: [PresentedStack], of trace: AnalyzedTrace,
    to json: inout JSONWriter<Output>
  ) {
    json.array(key) { json in
      for stack in stacks {
        json.object { json in
          cost(stack.cost, of: trace, to: &json)
          json.array("frames") { json in
            for frame in trace.stacks.frames(of: stack) { self.frame(frame, to: &json) }
          }
        }
      }
    }
  }

  static func frame<Output>(_ frame: PresentedFrame, to json: inout JSONWriter<Output>) {
    json.object(compact: true) { json in
      json.member("function", frame.function)
      json.member("module", frame.modulePath)
      json.member("file", frame.file)
      json.member("line", optional: frame.line)
      json.member("inlined", frame.isInlined)
      json.member("class", frame.action.rawValue)
      // Where there is something to say.
      if !frame.lines.isEmpty {
        json.array("lines", compact: true) { json in
          for line in frame.lines { json.element(line) }
        }
      }
      if frame.hasJumped { json.member("jumped", true) }
      if frame.isRecursive { json.member("recursive", true) }
      if let distinction = frame.distinction { json.member("definedAt", distinction) }
    }
  }

  static func originName(_ origin: TraceHeader.Origin) -> String {
    switch origin {
    case .start: "start"
    case .exec: "exec"
    case .fork: "fork"
    case .other: "unknown"
    }
  }
}
