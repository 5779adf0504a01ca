/// Counts of blocks by powers of two: of their sizes, or of their lifetimes.
package struct BlockHistogram: Sendable, Hashable {
  package struct Bar: Sendable, Hashable, BitwiseCopyable {
    package var blocks = 0
    package var bytes = 0
    /// Of the blocks: those live at the end of the window.
    package var liveBlocks = 0
    package var liveBytes = 0
  }

  /// How many bars there are.
  static let classes = 65

  /// Element 0 counts the value 0, element n the values of n binary digits.
  package let bars: [Bar]

  init(_ bars: ScratchBuffer<Bar>) {
    self.bars = (0..<Self.classes).map { bars.pointer[$0] }
  }
}

extension ScratchBuffer<BlockHistogram.Bar> {
  /// Adds a block to the bar of a value.
  @inline(__always)
  func add(_ value: UInt64, bytes: Int, isLive: Bool, sign: Int) {
    let bar = pointer + (64 - value.leadingZeroBitCount)
    bar.pointee.blocks += sign
    bar.pointee.bytes &+= bytes &* sign
    if isLive {
      bar.pointee.liveBlocks += sign
      bar.pointee.liveBytes &+= bytes &* sign
    }
  }
}
