/// Counts of blocks in classes that double: 0, 1, 2–3, 4–7, 8–15 and so on.
public struct HeapHistogram: Sendable, Hashable {
  public struct Bar: Sendable, Hashable {
    /// The values that are counted.
    public let values: ClosedRange<UInt64>
    public var blocks: Int
    public var bytes: Int
    /// Of the blocks: those live at the window's end.
    public var liveBlocks: Int
    public var liveBytes: Int

    public init(
      values: ClosedRange<UInt64>, blocks: Int, bytes: Int, liveBlocks: Int = 0, liveBytes: Int = 0
    ) {
      self.values = values
      self.blocks = blocks
      self.bytes = bytes
      self.liveBlocks = liveBlocks
      self.liveBytes = liveBytes
    }
  }

  /// From the first class with a block to the last, none left out between them.
  public let bars: [Bar]

  public init(_ bars: [Bar]) {
    guard let first = bars.firstIndex(where: { $0.blocks > 0 }),
      let last = bars.lastIndex(where: { $0.blocks > 0 })
    else {
      self.bars = []
      return
    }
    self.bars = Array(bars[first...last])
  }

  /// The counts of several histograms of one quantity in one.
  public static func sum(_ histograms: [HeapHistogram]) -> HeapHistogram {
    var bars = (0...UInt64.bitWidth).map { Bar(values: values(ofClass: $0), blocks: 0, bytes: 0) }
    for bar in histograms.flatMap(\.bars) {
      let number = UInt64.bitWidth - bar.values.lowerBound.leadingZeroBitCount
      bars[number].blocks += bar.blocks
      bars[number].bytes &+= bar.bytes
      bars[number].liveBlocks += bar.liveBlocks
      bars[number].liveBytes &+= bar.liveBytes
    }
    return HeapHistogram(bars)
  }

  /// The values of the class with a number: those of so many binary digits.
  static func values(ofClass number: Int) -> ClosedRange<UInt64> {
    guard number > 0 else { return 0...0 }
    let first = UInt64(1) << UInt64(number - 1)
    return first...(first &* 2 &- 1)
  }
}
