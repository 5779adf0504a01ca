import HeapModel
import TraceFormat

/// One thread of the traced program and its part of the totals.
@dynamicMemberLookup
public struct ThreadProfile: Sendable, Hashable, Identifiable {
  /// A process of several, and the number that it gave the thread.
  public struct Owner: Sendable, Hashable {
    public let pid: UInt32
    public let number: ThreadID
  }

  /// Its process's number for it; of several processes the group's.
  public private(set) var id: ThreadID
  /// Where there are several processes.
  public private(set) var owner: Owner?
  /// The kernel's number for it, 0 if unknown.
  public var tid: UInt32 = 0
  /// Its last name, empty if it was never seen.
  public var name = ""
  /// Of its first recorded event.
  public var startTimeNanoseconds: UInt64 = 0
  /// `nil` if it ran until the end of the trace.
  public var endTimeNanoseconds: UInt64?
  /// Of its allocations, whichever thread freed them; its frees are those that it made.
  public var costs = Costs()

  public init(id: ThreadID) { self.id = id }

  @inlinable public subscript<Value>(dynamicMember member: WritableKeyPath<Costs, Value>) -> Value {
    get { costs[keyPath: member] }
    set { costs[keyPath: member] = newValue }
  }

  /// The same thread as one of several processes.
  func renumbered(_ number: ThreadID, ofProcess pid: UInt32) -> ThreadProfile {
    var thread = self
    thread.owner = Owner(pid: pid, number: id)
    thread.id = number
    return thread
  }
}
