/// One loaded part of a module, as the recorder saw it in the process.
public struct ModuleSegment: Hashable, Sendable {
  /// First address in the process.
  public let start: UInt64
  /// One past the last address in the process.
  public let end: UInt64
  /// Where `start` stands in the file, in bytes.
  public let fileOffset: UInt64
  /// Whether code can run from it.
  public let isExecutable: Bool

  /// Describes the bytes `start ..< end`, loaded from `fileOffset` on.
  public init(start: UInt64, end: UInt64, fileOffset: UInt64, isExecutable: Bool) {
    self.start = start
    self.end = end
    self.fileOffset = fileOffset
    self.isExecutable = isExecutable
  }
}
