/// How a trace is turned into a profile.
public struct LoadOptions: Sendable, Hashable {
  /// Most points that the timeline may have. Memory and report size are bounded by it.
  public var timelinePoints = 1_000
  /// Threads that decode chunks; the replay itself runs on the caller's.
  public var decoderThreads = 2

  public init() {}
}
