/// The number that the trace gives one loading of a mapped object, from 1.
///
/// A library that is unloaded and loaded again has two numbers.
public struct ModuleID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static func < (left: ModuleID, right: ModuleID) -> Bool { left.rawValue < right.rawValue }
}
