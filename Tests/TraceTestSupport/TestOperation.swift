/// One thing that a thread of an invented program does with its heap.
public enum TestOperation: Sendable, Hashable {
  public enum Origin: Sendable, Hashable { case fresh, moved, inPlace }

  case allocate(thread: UInt32, address: UInt64, size: UInt64, stack: UInt32, Origin = .fresh)
  /// Of the block that stands at the address.
  case release(thread: UInt32, address: UInt64)
  /// Of the block that a thread's allocation number `sequence` made, wherever that stands.
  case releaseOf(thread: UInt32, owner: UInt32, sequence: UInt32, address: UInt64)
  /// A realloc failed: the thread's last release never was.
  case restore(thread: UInt32, address: UInt64)
  /// With a kind other than 0 it is a moment of that `mt_moment_kind`.
  case mark(thread: UInt32, label: String, kind: UInt32 = 0, phase: UInt64 = 0)
  /// An operation that the format reserves for later versions.
  case reserved(thread: UInt32, code: UInt8)

  public var thread: UInt32 {
    switch self {
    case .allocate(let thread, _, _, _, _), .release(let thread, _),
      .releaseOf(let thread, _, _, _), .restore(let thread, _), .mark(let thread, _, _, _),
      .reserved(let thread, _):
      thread
    }
  }
}
