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

extension RandomAccessCollection {
  /// The last index whose element's key is not above a value; `nil` when all are above. The
  /// collection must be sorted by that key. O(log n).
  @inline(__always)
  func lastIndex<Key: Comparable>(
    notAbove value: Key, by key: (Element) throws -> Key
  ) rethrows -> Index? {
    var end = startIndex
    var count = self.count
    while count > 0 {
      let half = count / 2
      let middle = index(end, offsetBy: half)
      if try key(self[middle]) <= value {
        end = index(after: middle)
        count -= half + 1
      } else {
        count = half
      }
    }
    return end == startIndex ? nil : index(before: end)
  }
}
