/// What the trace file holds, for people who want to know where its bytes went.
public struct TraceInventory: Sendable, Hashable {
  /// The chunks of one type.
  public struct ChunkGroup: Sendable, Hashable {
    /// Type's name, as the format calls it.
    public let name: String
    public var chunks = 0
    /// In the file, chunk headers not counted.
    public var storedBytes: UInt64 = 0
    /// After decompression.
    public var payloadBytes: UInt64 = 0

    public init(name: String) { self.name = name }
  }

  public var formatMajor = 1
  public var formatMinor = 0
  /// What the trace takes on disk.
  public var fileBytes: UInt64 = 0
  /// By type, in the order of the format's numbers.
  public var groups: [ChunkGroup] = []
  /// Events (allocations, releases and special ones) in closed chunks.
  public var chunkEvents: UInt64 = 0
  /// Events recovered from the live region of a trace that was not closed.
  public var recoveredEvents: UInt64 = 0
  /// Stack nodes as recorded, duplicates included.
  public var stackNodes = 0

  public init() {}
}
