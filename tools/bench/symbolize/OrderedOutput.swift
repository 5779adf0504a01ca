import Glibc
import Synchronization

/// The standard output, for tasks that make blocks of text out of turn: whoever finds the next block
/// ready writes it, and those that follow, while others make more.
final class OrderedOutput: Sendable {
  private struct State: Sendable {
    var ready: [Int: [UInt8]] = [:]
    var next = 0
    var isWriting = false

    mutating func takeNext() -> [UInt8]? {
      let block = ready.removeValue(forKey: next)
      isWriting = block != nil
      if isWriting { next += 1 }
      return block
    }
  }

  private let state = Mutex(State())

  /// Takes a block by its number, from 0; each has to come once.
  func put(_ text: [UInt8], block: Int) {
    var turn = state.withLock { state -> [UInt8]? in
      state.ready[block] = text
      return state.isWriting ? nil : state.takeNext()
    }
    while let text = turn {
      Self.write(text, to: STDOUT_FILENO)
      turn = state.withLock { $0.takeNext() }
    }
  }

  /// Writes all of a text; whoever reads may have gone.
  static func write(_ text: [UInt8], to descriptor: Int32) {
    text.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        guard count > 0 else { exit(74) }
        rest = rest.dropFirst(count)
      }
    }
  }
}
