/// The number of one stack node: a frame together with all frames that called it.
///
/// A stack is named by its innermost frame's node. Within a `StackTree` numbers are dense, 0 is
/// the root above every thread's start, and a parent's number is smaller than its children's.
public struct StackID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The empty stack, parent of every outermost frame.
  public static let root = StackID(rawValue: 0)

  public static func < (left: StackID, right: StackID) -> Bool { left.rawValue < right.rawValue }
}
