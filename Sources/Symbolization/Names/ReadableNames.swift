import Synchronization

/// Names of functions by the linker's, shared by all tasks. Small functions are inlined into many
/// units, and demangling takes longer than all else about them.
///
/// Sendable because the memory it knows is not written.
final class ReadableNames: @unchecked Sendable {
  /// The strings of the debug file, which stay where they are: a name is known by its place there,
  /// without being read.
  private let strings: UnsafeRawBufferPointer
  /// Several, so that tasks seldom meet and no table is large when it grows.
  private let shelves = (0..<shelfCount).map { _ in Shelf() }

  /// Some of the names, by their place.
  private final class Shelf: Sendable {
    let names = Mutex<[Int: FunctionName]>([:])
  }

  private static let shelfCount = 64

  /// Knows no name.
  init(strings: UnsafeRawBufferPointer) {
    self.strings = strings
  }

  /// The name that stands in some section. Two tasks that meet a new name at once may both
  /// demangle it.
  subscript(text: UnsafeRawBufferPointer) -> FunctionName {
    guard let address = text.baseAddress, let start = strings.baseAddress,
      (0..<strings.count).contains(address - start)
    else { return FunctionName(text) }
    let place = address - start
    // Names of one kind stand together; tasks look for them at the same time.
    let shelf = shelves[Int((UInt(place) &* 0x9e37_79b9_7f4a_7c15) >> 58)]
    if let known = shelf.names.withLock({ $0[place] }) { return known }
    let name = FunctionName(text)
    shelf.names.withLock { $0[place] = name }
    return name
  }
}
