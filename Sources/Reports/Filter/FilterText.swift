import Aggregation

/// A filter in words: which blocks are counted.
struct FilterText {
  let filter: HeapFilter
  /// As it was resolved.
  let window: Range<UInt64>
  let durationNanoseconds: UInt64

  /// One sentence, not sanitized: `Only blocks allocated from 1.20 s to 2.40 s (35.2 % of the run),
  /// by thread worker, …`
  var sentence: String {
    ([blocks] + conditions).joined(separator: ", ") + "."
  }

  private var blocks: String {
    let end = Quantity.duration(nanoseconds: window.upperBound)
    let lasts = window.upperBound >= durationNanoseconds
    if filter.window.isWholeRun, filter.choice == .allocated || filter.choice == .present {
      return "Only \(noun)"
    }
    let moment = lasts ? "the end" : end
    let from = window.lowerBound == 0 ? "the start" : start
    let share = Quantity.percent(window.upperBound - window.lowerBound, of: durationNanoseconds)
    let stretch = "from \(from) to \(moment) (\(share) of the run)"
    return switch filter.choice {
    case .allocated: "Only \(noun) allocated \(stretch)"
    case .live: "Only \(noun) live at \(moment)"
    case .retained: "Only \(noun) allocated \(stretch) and live at its end"
    case .freed: "Only \(noun) freed \(stretch)"
    case .present: "Only \(noun) live at any moment \(stretch)"
    }
  }

  private var noun: String {
    switch filter.space {
    case .heap: "blocks"
    case .mappings: "mappings"
    case .all: "blocks and mappings"
    }
  }

  private var start: String { Quantity.duration(nanoseconds: window.lowerBound) }

  private var conditions: [String] {
    var parts: [String] = []
    if !filter.threads.isEmpty { parts.append("allocated by thread " + list(filter.threads)) }
    if !filter.functions.isEmpty { parts.append("under function " + list(filter.functions)) }
    if !filter.modules.isEmpty { parts.append("under module " + list(filter.modules)) }
    if !filter.excluded.isEmpty { parts.append("not under " + list(filter.excluded)) }
    if let sizes = filter.sizes { parts.append("of " + Self.text(sizes)) }
    if let bytes = filter.minimumBytes {
      parts.append("of stacks with \(Quantity.bytes(bytes)) or more")
    }
    return parts
  }

  private func list(_ names: [String]) -> String { names.joined(separator: " or ") }

  private static func text(_ sizes: ClosedRange<Int>) -> String {
    if sizes.lowerBound == sizes.upperBound { return Quantity.bytes(sizes.lowerBound) }
    if sizes.upperBound == .max { return "\(Quantity.bytes(sizes.lowerBound)) or more" }
    return "\(Quantity.bytes(sizes.lowerBound)) to \(Quantity.bytes(sizes.upperBound))"
  }
}
