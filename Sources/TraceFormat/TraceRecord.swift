/// One fact outside the event stream.
public enum TraceRecord: Sendable, Hashable {
  case executable(String)
  case arguments([String])
  case directory(String)
  case environment([String])
  case recorder(String)
  case allocator(String)
  case moduleLoad(Module)
  case moduleUnload(ModuleID, timeNanoseconds: UInt64)
  case threadStart(ThreadID, tid: UInt32, timeNanoseconds: UInt64)
  case threadName(ThreadID, String)
  case threadEnd(ThreadID, timeNanoseconds: UInt64)
  case memory(MemorySample)
  case account(AccountPart)
  case counters(RecorderCounters)
  case end(ProcessEnd)
  /// A realloc failed: the block that the thread's last release named lives on.
  case restore(address: UInt64)
  case mark(Mark)
  case trouble(Trouble)
  case order(RecordedOrder)
  /// What the program counter with this raw value stands for.
  case location(ProgramCounter, RecordedLocation)
  /// What the process calls itself instead of its arguments.
  case title(String)
  case untraced(UntracedProgram)
  /// An event of its own, which is no record in the trace.
  case mapping(MappingCall)
  /// Of a type that this version does not know.
  case unknown(type: UInt16)

  /// Whether this version knows its type.
  public var isKnown: Bool {
    if case .unknown = self { false } else { true }
  }
}
