/// Suppressions in their order: of several that match, the first counts as used.
public struct LeakSuppressionList: Sendable {
  /// What is wrong with a list, and where.
  public struct Failure: Error, Sendable, Hashable {
    public let line: Int
    public let cause: String
  }

  /// A suppression and whether it comes with memtrace.
  public struct Entry: Sendable, Hashable {
    public let suppression: LeakSuppression
    public let isBuiltIn: Bool
    /// It holds for stacks with so many leaked blocks at most; `nil` is any number.
    let mostBlocks: Int?
    /// The same of leaked bytes.
    var mostBytes: Int?
    /// Whether code that an interpreter runs, which has no frames of its own, is taken for the
    /// library's, too.
    var spansInterpreters = false

    func covers(blocks: Int, bytes: Int) -> Bool {
      blocks <= mostBlocks ?? .max && bytes <= mostBytes ?? .max
    }
  }

  public private(set) var entries: [Entry] = []

  /// An empty list.
  public init() {}

  /// The suppressions that come with memtrace alone.
  public static var standard: LeakSuppressionList {
    var list = LeakSuppressionList()
    list.addStandard()
    return list
  }

  /// Adds the lines `leak:TEMPLATE` of a file's text. Empty lines and lines that begin with `#`
  /// say nothing.
  ///
  /// - Throws: `Failure` at the first line of another kind.
  public mutating func add(_ text: String) throws(Failure) {
    // A line may end in CR and LF, which are one character.
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let line = line.drop(while: \.isWhitespace)
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      guard line.hasPrefix("leak:") else {
        throw Failure(
          line: index + 1, cause: "expected leak:PATTERN, found \(SafeText.sanitized(String(line)))"
        )
      }
      var template = line.dropFirst("leak:".count)
      while template.last?.isWhitespace == true { template = template.dropLast() }
      guard !template.isEmpty else {
        throw Failure(line: index + 1, cause: "leak: names no pattern")
      }
      entries.append(
        Entry(
          suppression: LeakSuppression(String(template)), isBuiltIn: false, mostBlocks: nil))
    }
  }

  /// Adds the suppressions that come with memtrace.
  public mutating func addStandard() {
    entries += StandardLeakSuppressions.entries
  }
}
