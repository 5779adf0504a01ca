import Aggregation

/// One entry of the growth report: a stack, or all stacks of a function, and how it grows.
public struct GrowthRow: Sendable {
  /// Its stacks, the largest first.
  public let members: [PresentedStack]
  public let series: HeapSeries
  public let growth: HeapGrowth

  /// The largest of its stacks.
  public var stack: PresentedStack { members[0] }
  /// How many stacks it is the sum of.
  public var stacks: Int { members.count }

  /// Puts an entry together.
  ///
  /// - Precondition: `members` is not empty.
  public init(members: [PresentedStack], series: HeapSeries, growth: HeapGrowth) {
    self.members = members
    self.series = series
    self.growth = growth
  }

  /// What it holds more at the end than it did at first.
  var gainedBytes: Int { max(0, growth.lastBytes - (series.minimumBytes.first ?? 0)) }

  /// Whether most of what it held was freed only as the program ended.
  var isTornDown: Bool { series.survivingBytes < growth.lastBytes / 2 }

  /// What it holds: at the end, or before the end if that freed it.
  var keptBytes: Int { isTornDown ? growth.lastBytes : series.survivingBytes }
  var keptBlocks: Int { isTornDown ? growth.lastBlocks : series.survivors }

  /// What decides between entries of one verdict: how sure and how fast the rise, else how much
  /// there is.
  var weight: Double {
    switch growth.verdict {
    case .grows, .growsSlowly: growth.confidence * growth.bytesPerSecond
    case .plateau, .startUp: Double(keptBytes)
    case .sawtooth, .temporary: Double(series.maximumBytes.max() ?? 0)
    }
  }
}
