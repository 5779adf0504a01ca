// Work that the processors share out among themselves. Unsafe memory, because what tasks make side by
// side is put in its place by each of them: collected afterwards, on one processor, twenty thousand
// frames cost as much as a tenth of their names.

import Dispatch

enum SharedWork {
  /// Makes something of each piece of `0 ..< count`; the parts come in the order of the pieces.
  static func parts<Part: Sendable>(
    of count: Int, perPiece: Int, _ make: @Sendable (Range<Int>) -> Part
  ) -> [Part] {
    let pieces = (count + perPiece - 1) / perPiece
    return array(pieces, perPiece: 1, state: {}) { _, piece in
      make(piece * perPiece..<min((piece + 1) * perPiece, count))
    }
  }

  /// An array of as many elements, each made by its place. `state` begins each piece anew.
  static func array<Element: Sendable, State>(
    _ count: Int, perPiece: Int, state: @Sendable () -> State,
    _ make: @Sendable (inout State, Int) -> Element
  ) -> [Element] {
    let pieces = (count + perPiece - 1) / perPiece
    return [Element](unsafeUninitializedCapacity: count) { memory, initializedCount in
      // Each task writes elements of its own.
      nonisolated(unsafe) let memory = memory
      DispatchQueue.concurrentPerform(iterations: pieces) { piece in
        var state = state()
        for place in piece * perPiece..<min((piece + 1) * perPiece, count) {
          memory.initializeElement(at: place, to: make(&state, place))
        }
      }
      initializedCount = count
    }
  }
}
