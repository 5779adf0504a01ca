/// Keeps the first few of many elements by an order, without sorting the rest.
struct BoundedRanking<Element> {
  private let limit: Int
  private let precedes: (Element, Element) -> Bool
  /// Ordered, at most `limit` many.
  private(set) var elements: [Element] = []

  /// Creates a ranking that keeps `limit` elements; `precedes` must be a strict order.
  init(limit: Int, by precedes: @escaping (Element, Element) -> Bool) {
    self.limit = max(0, limit)
    self.precedes = precedes
  }

  /// Considers an element. Complexity: O(log limit) to refuse it, O(limit) to keep it.
  mutating func insert(_ element: Element) {
    if elements.count >= limit {
      guard let last = elements.last, precedes(element, last) else { return }
      elements.removeLast()
    }
    var low = 0
    var high = elements.count
    while low < high {
      let middle = (low + high) / 2
      if precedes(element, elements[middle]) { high = middle } else { low = middle + 1 }
    }
    elements.insert(element, at: low)
  }
}
