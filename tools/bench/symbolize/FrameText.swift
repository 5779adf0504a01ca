// Frames as text. Written straight into memory of the right size: a large answer has some hundred
// thousand short pieces.

import Symbolization

enum FrameText {
  /// The lines of some addresses: each with its frames, a name and a place.
  static func lines(
    _ places: Range<Int>, of addresses: [UInt64], _ answers: [[SourceFrame]]
  ) -> [UInt8] {
    var bytesMax = 0
    for place in places {
      bytesMax += numberBytesMax + 3
      for frame in answers[place].indices {
        bytesMax += answers[place][frame].function.utf8.count
        bytesMax += answers[place][frame].file?.utf8.count ?? unknown.utf8.count
        bytesMax += 2 * numberBytesMax + 4
      }
    }
    return [UInt8](unsafeUninitializedCapacity: bytesMax) { memory, count in
      var text = Writer(memory)
      for place in places {
        text.put("0x")
        text.put(addresses[place], radix: 16)
        text.put("\n")
        answers[place].withUnsafeBufferPointer { frames in
          for frame in frames.indices { text.put(frames[frame]) }
        }
      }
      count = text.count
    }
  }

  private static let unknown = "??"
  private static let numberBytesMax = 20

  /// Fills memory that is known to be large enough.
  private struct Writer {
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
      self.memory = memory
    }

    @inline(__always)
    mutating func put(_ frame: borrowing SourceFrame) {
      put(frame.function)
      put("\n")
      put(frame.file ?? unknown)
      put(":")
      put(UInt64(frame.line ?? 0), radix: 10)
      put(":")
      put(UInt64(frame.column ?? 0), radix: 10)
      put("\n")
    }

    @inline(__always)
    mutating func put(_ text: borrowing String) {
      let isPut: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
        guard let source = bytes.baseAddress, let start = memory.baseAddress else { return }
        (start + count).update(from: source, count: bytes.count)
        count += bytes.count
      }
      precondition(isPut != nil, "Swift keeps its own text in one piece")
    }

    @inline(__always)
    mutating func put(_ number: UInt64, radix: UInt64) {
      var digits = 1
      var rest = number / radix
      while rest > 0 {
        digits += 1
        rest /= radix
      }
      rest = number
      for place in (count..<count + digits).reversed() {
        let digit = UInt8(truncatingIfNeeded: rest % radix)
        memory[place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
        rest /= radix
      }
      count += digits
    }
  }
}
