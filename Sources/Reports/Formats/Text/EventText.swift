import Aggregation
import TraceFormat

/// Events of a trace as lines of text, in columns that stand without knowing the lines to come.
public struct EventText {
  private let stacks: PresentedStacks
  private let style: TextStyle
  /// Names ready to be written, by the number of the recorded stack.
  private var names: [UInt32: String] = [:]

  /// Prepares for the events of the trace whose stacks are given.
  public init(_ stacks: PresentedStacks, style: TextStyle) {
    self.stacks = stacks
    self.style = style
  }

  /// The line above the columns.
  public var heading: String {
    style.faint(
      right("seconds", 14) + right("thread", 8) + "  " + left("event", 9) + right("block", 11)
        + right("size", 14) + "  " + left("address", 14) + "  function") + "\n"
  }

  /// One event, line break included.
  public mutating func line(_ event: HeapEvent) -> String {
    var line = ""
    line.reserveCapacity(style.width + 1)
    line += right(seconds(event.timeNanoseconds), 14)
    line += right(String(event.thread.rawValue), 8)
    line += "  "
    line += left(Self.name(of: event.kind), 9)
    line += right(event.block == 0 ? "?" : String(event.block), 11)
    line += right(event.sizeBytes.map { String($0) } ?? "?", 14)
    line += "  "
    line += left(event.address.map { "0x" + String($0, radix: 16) } ?? "-", 14)
    line += "  "
    line += event.stack.map { name(of: $0) } ?? "-"
    line += "\n"
    return line
  }

  /// The event's name; part of the JSON schema.
  static func name(of kind: HeapEvent.Kind) -> String {
    switch kind {
    case .allocate: "allocate"
    case .release: "free"
    case .restore: "restore"
    case .reallocateMoved: "move"
    case .reallocateInPlace: "resize"
    }
  }

  private mutating func name(of stack: StackID) -> String {
    if let known = names[stack.rawValue] { return known }
    let function = stacks.innermostFrame(ofRecorded: stack)?.function ?? "[no stack recorded]"
    let name = NameShortener(columns: style.width - 76).shortened(SafeText.sanitized(function))
    names[stack.rawValue] = name
    return name
  }

  private func seconds(_ nanoseconds: UInt64) -> String {
    let micros = String(nanoseconds % 1_000_000_000 / 1_000)
    return "\(nanoseconds / 1_000_000_000)." + Self.zeros[6 - micros.utf8.count] + micros
  }

  private func right(_ text: String, _ columns: Int) -> String {
    Self.blanks[max(0, columns - text.utf8.count)] + text
  }

  private func left(_ text: String, _ columns: Int) -> String {
    text + Self.blanks[max(0, columns - text.utf8.count)]
  }

  private static let blanks = (0...14).map { String(repeating: " ", count: $0) }
  private static let zeros = (0...6).map { String(repeating: "0", count: $0) }
}
