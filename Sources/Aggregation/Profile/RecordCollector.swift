import TraceFormat
import TraceInput

/// Sorts a trace's records into the facts of a profile.
struct RecordCollector {
  var process: TracedProcess
  var modules: [Module] = []
  var threads: [ThreadID: ThreadProfile] = [:]
  var memorySamples: [MemorySample] = []
  var accounts: [AccountPart] = []
  var marks: [Mark] = []
  /// Whether recording paused, whatever marks are kept.
  var hasPauses = false
  var counters = RecorderCounters()
  var troubles: [Trouble] = []
  var untraced: [UntracedProgram] = []
  /// Of frames that are no machine addresses.
  var locations: [ProgramCounter: RecordedLocation] = [:]
  /// The last moment that a record names.
  var lastTimeNanoseconds: UInt64 = 0
  private var moduleIndices: [ModuleID: Int] = [:]

  init(_ file: TraceFile) {
    let header = file.header
    process = TracedProcess(program: header.program)
    process.pid = header.pid
    process.parentPID = header.parentPID
    process.processStartTicks = header.processStartTicks
    process.rootPID = header.rootPID
    process.rootStartTicks = header.rootStartTicks
    process.origin = header.origin
    process.machine = header.machine
    process.startRealtimeNanoseconds = header.startRealtimeNanoseconds
    process.isOfOtherPidNamespace = file.isOfOtherPidNamespace
    process.pageBytes = Int(header.pageBytes)
    look(at: file)
  }

  /// Takes what changes of a trace that is being recorded, from the trace opened anew.
  mutating func look(at file: TraceFile) {
    process.isClosed = file.header.isClosed
    process.isBeingRecorded = file.isBeingRecorded
  }

  mutating func add(_ record: TraceRecord) {
    switch record {
    case .executable(let path): process.executable = path
    case .arguments(let arguments): process.arguments = arguments
    case .directory(let path): process.workingDirectory = path
    case .environment(let variables): process.environment = variables
    case .recorder(let text): process.recorder = text
    case .allocator(let path): process.allocator = path
    case .moduleLoad(let module): add(module)
    case .moduleUnload(let id, let time):
      if let index = moduleIndices[id] { modules[index].unloadTimeNanoseconds = time }
      see(time)
    case .threadStart(let id, let tid, let time):
      threads[id, default: ThreadProfile(id: id)].tid = tid
      threads[id]?.startTimeNanoseconds = time
      see(time)
    case .threadName(let id, let name): threads[id, default: ThreadProfile(id: id)].name = name
    case .threadEnd(let id, let time):
      threads[id, default: ThreadProfile(id: id)].endTimeNanoseconds = time
      see(time)
    case .memory(let sample):
      memorySamples.append(sample)
      see(sample.timeNanoseconds)
    case .account(let part):
      accounts.append(part)
      see(part.timeNanoseconds)
    case .counters(let values): counters = counters.merged(with: values)
    case .end(let end): add(end)
    case .mark(let mark):
      marks.append(mark)
      if mark.kind == .pause { hasPauses = true }
      see(mark.timeNanoseconds)
    case .trouble(let trouble):
      troubles.append(trouble)
      see(trouble.timeNanoseconds)
    case .order(let order): process.order = order
    case .location(let counter, let location): locations[counter] = location
    case .title(let title): process.title = title
    case .untraced(let program):
      untraced.append(program)
      see(program.timeNanoseconds)
    case .restore, .mapping, .unknown: break
    }
  }

  /// What was said last of the end counts, unless it was that nothing is known.
  mutating func add(_ end: ProcessEnd) {
    see(end.timeNanoseconds)
    if case .recordingStopped(let errno) = end.reason {
      troubles.append(
        Trouble(timeNanoseconds: end.timeNanoseconds, kind: .writeFailed(errno: errno)))
    }
    if end.reason != .unknown || process.end.reason == .unknown { process.end = end }
  }

  /// Of a ring in the live region: the records may not say it yet.
  mutating func add(_ owner: LiveRegion.RingOwner) {
    var thread = threads[owner.thread] ?? ThreadProfile(id: owner.thread)
    if threads[owner.thread] == nil {
      thread.tid = owner.tid
      thread.startTimeNanoseconds = owner.startTimeNanoseconds
    }
    if thread.name.isEmpty { thread.name = owner.name }
    threads[owner.thread] = thread
  }

  private mutating func add(_ module: Module) {
    // Words of a ring that a chunk holds already bring a module twice.
    guard moduleIndices[module.id] == nil else { return }
    moduleIndices[module.id] = modules.count
    modules.append(module)
    see(module.loadTimeNanoseconds)
  }

  private mutating func see(_ time: UInt64) {
    lastTimeNanoseconds = max(lastTimeNanoseconds, time)
  }
}
