import Aggregation

/// What a run came to, kept as a text file beside a program's tests: later runs may cost little more.
///
/// A line is a value, a figure, and the path of the phase that it is about, if any. The file is made to
/// be read and compared by people.
public struct MemoryBaseline: Sendable, Equatable {
  /// What is wrong with a file, and where.
  public struct Failure: Error, Sendable, Hashable {
    public let line: Int
    public let cause: String
  }

  public struct Entry: Sendable, Equatable {
    public let figure: MemoryLimit.Figure
    public let value: Int
    public let phase: String?
  }

  private static let heading = "# memtrace baseline"

  public let entries: [Entry]

  /// What a run came to: what is the same from run to run as long as the program does the same, but for
  /// threads' peaks. Suppressed leaks do not count.
  public init(
    _ trace: AnalyzedTrace, _ phases: [ProcessPhases], suppressions: LeakSuppressionList
  ) {
    let leaks = SuppressedLeaks(trace, suppressions).trace
    let names = NamedPhases(phases)
    let paths = names.paths
    let whole: [MemoryLimit.Figure] = [.peak, .leaked, .allocated, .allocations, .temporary]
    let ofPhases: [MemoryLimit.Figure] = [.peak, .growth, .allocated, .allocations]
    let limits =
      whole.map { MemoryLimit($0, most: .number(0)) }
      + paths.flatMap { path in
        ofPhases.map { MemoryLimit($0, most: .number(0), phase: path) }
      }
    entries = limits.compactMap { limit in
      let measured = MeasuredLimit(
        limit, of: trace, leaks: leaks, phase: limit.phase.flatMap { names.costs(of: $0) })
      guard let value = measured.mostValue ?? measured.value else { return nil }
      return Entry(figure: limit.figure, value: value, phase: limit.phase)
    }
  }

  /// Reads a file's text.
  ///
  /// - Throws: `Failure` at the first line that says nothing known.
  public init(text: String) throws(Failure) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.first?.hasPrefix(Self.heading) == true else {
      throw Failure(line: 1, cause: "expected \(Self.heading), as baseline save writes it")
    }
    var entries: [Entry] = []
    for (index, line) in lines.enumerated() {
      let line = line.drop(while: \.isWhitespace)
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      guard words.count >= 2, let value = Int(words[0]) else {
        throw Failure(line: index + 1, cause: "expected a number and what it is of")
      }
      guard let figure = MemoryLimit.Figure(rawValue: String(words[1])) else {
        throw Failure(
          line: index + 1, cause: "\(SafeText.sanitized(String(words[1]))) is no figure of a run")
      }
      entries.append(
        Entry(figure: figure, value: value, phase: words.count > 2 ? String(words[2]) : nil))
    }
    guard !entries.isEmpty else { throw Failure(line: 1, cause: "it has no figures") }
    self.entries = entries
  }

  /// The file's text.
  public var text: String {
    let width = entries.map { String($0.value).count }.max() ?? 0
    let lines = entries.map { entry in
      let value = String(entry.value)
      let padding = String(repeating: " ", count: width - value.count)
      return padding + value + " " + entry.figure.rawValue + (entry.phase.map { " \($0)" } ?? "")
    }
    return ([Self.heading] + lines).joined(separator: "\n") + "\n"
  }

  /// The limits that let each figure be so much larger, in percent.
  public func limits(tolerancePercent: Double) -> [MemoryLimit] {
    entries.map { entry in
      let more = (Double(abs(entry.value)) * tolerancePercent / 100).rounded(.down)
      let most = entry.value.addingReportingOverflow(Int(min(more, 9e18)))
      return MemoryLimit(
        entry.figure, most: .number(most.overflow ? .max : most.partialValue), phase: entry.phase)
    }
  }
}
