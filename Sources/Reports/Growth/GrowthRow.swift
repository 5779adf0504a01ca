import Aggregation

/// One entry of the growth report: a stack, or all stacks of a function, and how it grows.
public struct GrowthRow: Sendable {
  /// The largest of its stacks.
  public let stack: PresentedStack
  /// How many stacks it is the sum of.
  public let stacks: Int
  public let series: HeapSeries
  public let growth: HeapGrowth

  /// Puts an entry together.
  public init(stack: PresentedStack, stacks: Int, series: HeapSeries, growth: HeapGrowth) {
    self.stack = stack
    self.stacks = stacks
    self.series = series
    self.growth = growth
  }

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
