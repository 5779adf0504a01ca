import HeapModel

/// How a trace is turned into a profile.
public struct LoadOptions: Sendable, Hashable {
  /// Most points that the timeline may have. Memory and report size are bounded by it.
  public var timelinePoints = 1_000
  /// Threads that decode chunks; the replay of few live blocks runs on the caller's.
  public var decoderThreads = 2
  /// From so many live blocks on, two threads replay them.
  public var sharedBlocks = TraceReplayer.manyBlocks
  /// The account of resident memory at the end is part of a profile of no more live blocks than this:
  /// these are sorted for it.
  public var mostAccountBlocks = 1 << 20

  public init() {}
}
