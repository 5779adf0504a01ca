import Aggregation

/// What costs are added up by.
public enum CostGrouping: String, CaseIterable, Sendable {
  case stack, function, file, line, module, thread, size

  /// Whether a stack belongs to several groups, those of its frames, and to one by its innermost.
  public var hasFrames: Bool {
    switch self {
    case .function, .file, .line, .module: true
    case .stack, .thread, .size: false
    }
  }

  /// Whether only a query tells the costs.
  public var needsQuery: Bool { self == .thread || self == .size }

  /// Whether the lines of a function must be told apart when stacks are presented.
  public var separatesLines: Bool { self == .file || self == .line }

  /// The groups of stacks by their innermost frame, by recorded stack; `nil` if there are no frames.
  public func ownPeakGroups(_ names: PresentedStacks) -> [UInt32]? {
    hasFrames ? FrameGroups(names, self).ofRecorded : nil
  }

  /// How a query must tell blocks apart so that a group's own peak is exact.
  public func queryGrouping(_ names: PresentedStacks) -> HeapQuery.Grouping {
    switch self {
    case .stack: .groups(names.groups)
    case .function, .file, .line, .module: .groups(FrameGroups(names, self).ofRecorded)
    case .thread: .thread
    case .size: .size
    }
  }
}
