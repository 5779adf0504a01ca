import Aggregation

/// What a watch shows: all processes at the moment of one step.
public struct LiveState: Sendable {
  public struct Process: Sendable {
    public let path: String
    public let now: FollowedMoment
    public let allocationsPerSecond: Double
    public let bytesPerSecond: Double
    public let trouble: String?
    /// As of the last look at functions, in no order.
    public let functions: [LiveFunction]

    public var isRecorded: Bool { now.state == .recorded }
  }

  /// What is watched, as the user named it.
  public var name = ""
  public var watchesDirectory = false
  public var processes: [Process] = []
  /// Ended, and no longer among the processes.
  public var forgotten = 0
  /// Counts the steps.
  public var step = 0
  /// What the last step took.
  public var stepSeconds = 0.0
  /// Since the watch began.
  public var seconds = 0.0

  public init() {}

  public var recorded: [Process] { processes.filter(\.isRecorded) }
}
