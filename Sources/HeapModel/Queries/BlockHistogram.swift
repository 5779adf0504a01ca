/// Counts of blocks by powers of two: of their sizes, or of their lifetimes.
package struct BlockHistogram: Sendable, Hashable {
  package struct Bar: Sendable, Hashable {
    package var blocks = 0
    package var bytes = 0
    /// Of the blocks: those live at the end of the window.
    package var liveBlocks = 0
    package var liveBytes = 0
  }

  /// Element 0 counts the value 0, element n the values of n binary digits.
  package private(set) var bars = Array(repeating: Bar(), count: 65)

  @inline(__always)
  mutating func add(_ value: UInt64, bytes: Int, isLive: Bool, sign: Int) {
    let place = 64 - value.leadingZeroBitCount
    bars[place].blocks += sign
    bars[place].bytes &+= bytes &* sign
    if isLive {
      bars[place].liveBlocks += sign
      bars[place].liveBytes &+= bytes &* sign
    }
  }
}
