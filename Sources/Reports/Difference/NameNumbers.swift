import Aggregation

/// Numbers for what stacks and groups of two traces are known by: the same number is the same to a
/// reader.
struct NameNumbers {
  private var ofText: [String: UInt32] = [:]
  /// Of stacks: by the number of the caller's stack and that of the frame.
  private var ofStack = KeyNumbering()

  init() {
    // The stack without frames, which has no caller's.
    _ = ofStack.number(of: .max)
  }

  mutating func number(_ text: String) -> UInt32 {
    if let known = ofText[text] { return known }
    let number = UInt32(ofText.count)
    ofText[text] = number
    return number
  }

  /// The number of a stack whose innermost frame has one name and whose other frames another stack.
  mutating func number(_ caller: UInt32, calls frame: UInt32) -> UInt32 {
    ofStack.number(of: UInt64(caller) << 32 | UInt64(frame))
  }
}
