extension HeapQuery {
  /// Whether a listing shows an event: within the window, made by one of the threads, and of a
  /// block of one of the stacks and sizes. Which blocks a window chooses plays no part.
  public func admits(_ event: HeapEvent) -> Bool {
    guard window.contains(event.timeNanoseconds), threads?.contains(event.thread) ?? true else {
      return false
    }
    if let sizes {
      guard let size = event.sizeBytes, sizes.contains(size) else { return false }
    }
    guard let stacks else { return true }
    return event.stack.map { Int($0.rawValue) < stacks.count && stacks[Int($0.rawValue)] } ?? false
  }
}
