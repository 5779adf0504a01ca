/// Keeps the first few of many elements by an order, without sorting the rest.
struct BoundedRanking<Element> {
  private let limit: Int
  private let precedes: (Element, Element) -> Bool
  /// Ordered, at most `limit` many; of a ranking without a limit in the order of their coming.
  private var kept: [Element] = []

  /// Creates a ranking that keeps `limit` elements, all if it is `Int.max`; `precedes` must be a
  /// strict order.
  init(limit: Int, by precedes: @escaping (Element, Element) -> Bool) {
    self.limit = max(0, limit)
    self.precedes = precedes
  }

  /// Ordered, at most `limit` many. Complexity: O(1), of a ranking without a limit O(n log n).
  var elements: [Element] { limit == .max ? kept.sorted(by: precedes) : kept }

  /// Considers an element. Complexity: O(log limit) to refuse it, O(limit) to keep it; O(1) without
  /// a limit.
  mutating func insert(_ element: Element) {
    if limit == .max {
      kept.append(element)
      return
    }
    if kept.count >= limit {
      guard let last = kept.last, precedes(element, last) else { return }
      kept.removeLast()
    }
    var low = 0
    var high = kept.count
    while low < high {
      let middle = (low + high) / 2
      if precedes(element, kept[middle]) { high = middle } else { low = middle + 1 }
    }
    kept.insert(element, at: low)
  }
}
