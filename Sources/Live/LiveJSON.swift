import Aggregation
import Reports
import TraceFormat

/// The figures of a watch as JSON: docs/JSON.md documents the members.
public enum LiveJSON {
  /// A whole document.
  public static func document(_ state: LiveState, functions: Int, analyzerVersion: String) -> String
  {
    var json = JSONWriter("")
    json.document("memtrace-live", analyzerVersion: analyzerVersion) { json in
      write(state, functions: functions, to: &json)
    }
    return json.output
  }

  /// The same on one line, for a stream of them.
  public static func line(_ state: LiveState, functions: Int) -> String {
    var json = JSONWriter("")
    json.object(compact: true) { write(state, functions: functions, to: &$0) }
    json.finish()
    return json.output
  }

  private static func write(
    _ state: LiveState, functions: Int, to json: inout JSONWriter<String>
  ) {
    json.member("name", state.name)
    json.member("step", state.step)
    json.member("watchedMilliseconds", Int(state.seconds * 1000))
    json.member("endedProcesses", state.processes.count - state.recorded.count + state.forgotten)
    json.array("processes") { json in
      for process in state.processes {
        json.object { write(process, functions: functions, to: &$0) }
      }
    }
  }

  private static func write(
    _ process: LiveState.Process, functions: Int, to json: inout JSONWriter<String>
  ) {
    let (now, totals) = (process.now, process.now.totals)
    json.member("pid", now.process.pid)
    json.member("program", now.process.program)
    json.member("trace", process.path)
    json.member("state", name(of: now.state))
    json.member("end", process.isRecorded ? nil : EndText.text(now.process.end.reason))
    json.member("trouble", process.trouble)
    json.member("timeNanoseconds", now.timeNanoseconds)
    json.object("totals", compact: true) { json in
      json.member("allocations", totals.allocations)
      json.member("allocatedBytes", totals.allocatedBytes)
      json.member("frees", totals.frees)
      json.member("temporaryAllocations", totals.temporaryAllocations)
      json.member("liveAllocations", totals.liveAllocations)
      json.member("liveBytes", totals.liveBytes)
      json.member("peakBytes", totals.peakBytes)
      json.member("peakBlocks", totals.peakAllocations)
      json.member("lostEvents", totals.lostEvents)
    }
    json.member("allocationsPerSecond", Int(process.allocationsPerSecond))
    json.member("bytesPerSecond", Int(process.bytesPerSecond))
    json.member("residentBytes", optional: now.memory?.residentBytes)
    json.member("mappedBytes", optional: now.mappings?.liveBytes)
    json.member("lastMark", now.marks.last { $0.kind == .mark }?.label)
    json.array("functions") { json in
      let ranked = process.functions.sorted {
        ($0.liveBytes, $1.name, $1.module) > ($1.liveBytes, $0.name, $0.module)
      }
      for function in ranked.prefix(functions) {
        json.object(compact: true) { json in
          json.member("function", function.name)
          json.member("module", function.module)
          json.member("liveBytes", function.liveBytes)
          json.member("liveAllocations", function.liveBlocks)
          json.member("allocations", function.allocations)
          json.member("allocatedBytes", function.allocatedBytes)
          json.member("growthBytes", function.growthBytes)
          json.member("risingBytesPerSecond", Int(function.risingBytesPerSecond))
        }
      }
    }
  }

  private static func name(of state: FollowedMoment.State) -> String {
    switch state {
    case .recorded: "recorded"
    case .ended: "ended"
    case .replaced: "replaced"
    }
  }
}
