import Aggregation
import TraceFormat

/// Events of a trace as lines of text, in columns that stand without knowing the lines to come.
public struct EventText: Sendable {
  private let stacks: PresentedStacks
  private let style: TextStyle

  /// Prepares for the events of the trace whose stacks are given.
  public init(_ stacks: PresentedStacks, style: TextStyle) {
    self.stacks = stacks
    self.style = style
  }

  /// The line above the columns.
  public var heading: String {
    style.faint(
      "       seconds  thread  event          block          size  address         function")
      + "\n"
  }

  /// One event, line break included.
  public func line(_ event: HeapEvent) -> String {
    let address = event.address.map { "0x" + String($0, radix: 16) } ?? "-"
    let function = event.stack.map(name) ?? "-"
    let room = NameShortener(columns: style.width - 73)
    return right(seconds(event.timeNanoseconds), 14) + right(String(event.thread.rawValue), 8)
      + "  " + left(Self.name(of: event.kind), 9)
      + right(event.block == 0 ? "?" : String(event.block), 11)
      + right(event.sizeBytes.map { Quantity.grouped($0) } ?? "?", 14)
      + "  " + left(address, 14) + "  " + room.shortened(SafeText.sanitized(function)) + "\n"
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

  private func name(of stack: StackID) -> String {
    stacks.innermostFrame(ofRecorded: stack)?.function ?? "[no stack recorded]"
  }

  private func seconds(_ nanoseconds: UInt64) -> String {
    let micros = String(nanoseconds % 1_000_000_000 / 1_000)
    return "\(nanoseconds / 1_000_000_000)."
      + String(repeating: "0", count: 6 - micros.count) + micros
  }

  private func right(_ text: String, _ columns: Int) -> String {
    TextTable.spaces(columns - text.utf8.count) + text
  }

  private func left(_ text: String, _ columns: Int) -> String {
    text + TextTable.spaces(columns - text.utf8.count)
  }
}
