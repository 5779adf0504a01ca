/// Uninitialized memory that is used again for every batch; never shrinks.
///
/// The engine's hot loops run over raw pointers because bounds checks and uniqueness checks of
/// arrays cost them more than half their speed. Counts are checked where the pointers are taken.
final class ScratchBuffer<Element: BitwiseCopyable> {
  private(set) var pointer: UnsafeMutablePointer<Element>
  private var capacity: Int

  init(capacity: Int = 16) {
    self.capacity = capacity
    pointer = .allocate(capacity: capacity)
  }

  deinit { pointer.deallocate() }

  /// Room for `count` elements, whose contents are lost if the memory had to grow.
  @discardableResult
  func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
    if count > capacity {
      pointer.deallocate()
      capacity = count + count / 4
      pointer = .allocate(capacity: capacity)
    }
    return pointer
  }

  /// Room for `count` elements, all with the same value.
  @discardableResult
  func fill(_ count: Int, with value: Element) -> UnsafeMutablePointer<Element> {
    reserve(count).update(repeating: value, count: count)
    return pointer
  }
}
