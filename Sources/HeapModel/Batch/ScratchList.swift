/// A list whose memory is used again for every batch; see `ScratchBuffer`.
final class ScratchList<Element: BitwiseCopyable> {
  private(set) var pointer: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init() {
    capacity = 64
    pointer = .allocate(capacity: capacity)
  }

  deinit { pointer.deallocate() }

  @inline(__always)
  func append(_ element: Element) {
    if count == capacity { grow() }
    (pointer + count).initialize(to: element)
    count += 1
  }

  func removeAll() { count = 0 }

  /// Empties the list and makes room for so many elements.
  func removeAll(reserving wanted: Int) {
    count = 0
    guard wanted > capacity else { return }
    pointer.deallocate()
    capacity = wanted + wanted / 4
    pointer = .allocate(capacity: capacity)
  }

  @inline(__always)
  subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "an index within the list")
    return pointer[index]
  }

  @inline(never)
  private func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.update(from: pointer, count: count)
    pointer.deallocate()
    pointer = larger
    capacity *= 2
  }
}
