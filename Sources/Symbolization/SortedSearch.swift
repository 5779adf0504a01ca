extension RandomAccessCollection where Element: Comparable {
  /// The first index whose element is not less than a value; the collection must be sorted.
  /// O(log n).
  func lowerBound(of value: Element) -> Index {
    var low = startIndex
    var count = self.count
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if self[middle] < value {
        low = index(after: middle)
        count -= half + 1
      } else {
        count = half
      }
    }
    return low
  }
}
