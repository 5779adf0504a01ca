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
    json.object("trace") { json in
      json.member("path", trace.path)
      json.member("fileBytes", trace.profile.inventory.fileBytes)
      json.member("closed", trace.profile.process.isClosed)
      json.member("damaged", !trace.profile.damage.isEmpty)
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

  static func totals<Output>(_ totals: HeapTotals, to json: inout JSONWriter<Output>) {
    json.object("totals") { json in
      json.member("allocations", totals.allocations)
      json.member("frees", totals.frees)
      json.member("allocatedBytes", totals.allocatedBytes)
      json.member("peakBytes", totals.peakBytes)
      json.member("peakAllocations", totals.peakAllocations)
      json.member("peakTimeNanoseconds", totals.peakTimeNanoseconds)
      json.member("leakedAllocations", totals.leakedAllocations)
      json.member("leakedBytes", totals.leakedBytes)
      json.member("temporaryAllocations", totals.temporaryAllocations)
      json.member("reallocations", totals.reallocations)
      json.member("unknownFrees", totals.unknownFrees)
      json.member("supersededBlocks", totals.supersededBlocks)
      json.member("lostEvents", totals.lostEvents)
    }
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
          json.member("allocations", stack.cost.allocations)
          json.member("allocatedBytes", stack.cost.allocatedBytes)
          json.member("peakAllocations", stack.cost.peakAllocations)
          json.member("peakBytes", stack.cost.peakBytes)
          json.member("leakedAllocations", stack.cost.leakedAllocations)
          json.member("leakedBytes", stack.cost.leakedBytes)
          json.member("temporaryAllocations", stack.cost.temporaryAllocations)
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
