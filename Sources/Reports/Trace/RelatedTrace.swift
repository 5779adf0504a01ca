/// Another process of the same run: enough to send a reader to its trace.
public struct RelatedTrace: Sendable, Hashable {
  /// Its trace, named so that it can be opened from where the user stands.
  public let path: String
  public let program: String
  public let pid: UInt32
  public let allocations: Int
  public let allocatedBytes: Int

  /// Describes one trace; see the properties.
  public init(path: String, program: String, pid: UInt32, allocations: Int, allocatedBytes: Int) {
    self.path = path
    self.program = program
    self.pid = pid
    self.allocations = allocations
    self.allocatedBytes = allocatedBytes
  }
}
