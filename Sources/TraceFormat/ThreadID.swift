/// The number that the trace gives a thread, from 1; never reused, unlike the kernel's tid.
public struct ThreadID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static func < (left: ThreadID, right: ThreadID) -> Bool { left.rawValue < right.rawValue }
}
