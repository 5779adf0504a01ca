/// Why a filter cannot be applied to a trace.
public struct FilterError: Error, Sendable, Hashable {
  public enum Cause: Sendable, Hashable {
    /// No mark has this label, or not so many have; `known` are those there are.
    case noMark(String, number: Int?, known: [String])
    case outsideRun(_ timeNanoseconds: UInt64, _ durationNanoseconds: UInt64)
    case emptyWindow(from: UInt64, to: UInt64)
    /// No thread has this number or a name like this; `known` are those there are.
    case noThread(String, known: [String])
    /// No function, or no module, of the trace has a name like this.
    case noFunction(String, similar: [String])
    case noModule(String, similar: [String])
    /// Nothing that was to be left out is there.
    case noneExcluded(String)
  }

  public let cause: Cause

  public init(_ cause: Cause) { self.cause = cause }
}
