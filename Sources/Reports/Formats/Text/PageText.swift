/// The last step of a text report: breaks lines that do not fit the page, and writes them in ASCII
/// where a terminal knows nothing else.
///
/// Renderers fit what they can; what they cannot fit (a path, a table of many columns) goes on in the
/// next line, so that nothing is lost and no line is longer than the page.
public struct PageText<Output: TextOutputStream>: TextOutputStream {
  public private(set) var output: Output
  private let width: Int
  private let isASCII: Bool
  private var line = ""

  /// Writes to `output`; `isASCII` leaves no other character.
  public init(_ output: Output, width: Int, isASCII: Bool) {
    self.output = output
    self.width = width
    self.isASCII = isASCII
  }

  public mutating func write(_ string: String) {
    if line.isEmpty, isPlainLine(string) { return output.write(string) }
    let parts = string.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      line += isASCII ? Self.ascii(part) : String(part)
      if index + 1 < parts.count { endLine() }
    }
  }

  /// Whether a text is one line that fits as it is: nearly all of a long list are.
  private func isPlainLine(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= width + 1, bytes.last == UInt8(ascii: "\n") else { return false }
    return bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7f }
  }

  /// Writes what stands behind the last line break.
  public mutating func finish() {
    guard !line.isEmpty else { return }
    for line in Self.lines(of: line, columns: width) { output.write(line) }
    line = ""
  }

  private mutating func endLine() {
    for line in Self.lines(of: line, columns: width) { output.write(line + "\n") }
    line = ""
  }

  /// A line in pieces that fit: broken at blanks, but not between a number and its unit, else
  /// anywhere; and indented like the first.
  static func lines(of line: String, columns: Int) -> [String] {
    if line.utf8.count <= columns { return [line] }
    let indent = TextTable.spaces(min(line.prefix { $0 == " " }.count + 4, columns / 2))
    var pieces: [String] = []
    var piece = ""
    var used = 0
    func endPiece() {
      pieces.append(piece)
      piece = indent
      used = indent.count
    }
    for (blanks, word) in words(of: line) {
      if used + blanks + columnsOnScreen(word) <= columns {
        piece += TextTable.spaces(blanks) + word
        used += blanks + columnsOnScreen(word)
        continue
      }
      if used > columns / 2 {
        endPiece()
      } else {
        piece += TextTable.spaces(blanks); used += blanks
      }
      var isEscape = false
      for character in word {
        if character == "\u{1b}" { isEscape = true }
        let width = isEscape ? 0 : SafeText.columns(String(character))
        if isEscape, character == "m" { isEscape = false }
        if used + width > columns { endPiece() }
        piece.append(character)
        used += width
      }
    }
    return pieces + [piece]
  }

  /// The words of a line, each with the number of blanks before it. A number and its unit are one.
  private static func words(of line: String) -> [(blanks: Int, word: Substring)] {
    var words: [(blanks: Int, word: Substring)] = []
    var rest = line[...]
    while !rest.isEmpty {
      let start = rest.firstIndex { $0 != " " } ?? rest.endIndex
      let end = rest[start...].firstIndex(of: " ") ?? rest.endIndex
      let blanks = line.distance(from: rest.startIndex, to: start)
      let word = rest[start..<end]
      if blanks == 1, let last = words.last?.word, last.last?.isNumber == true,
        units.contains(word.prefix { $0.isLetter || $0 == "%" })
      {
        words[words.count - 1].word = line[last.startIndex..<end]
      } else {
        words.append((blanks, word))
      }
      rest = rest[end...]
    }
    return words
  }

  /// The columns of a text without what colours it.
  private static func columnsOnScreen(_ text: Substring) -> Int {
    var isEscape = false
    return text.reduce(0) { sum, character in
      if character == "\u{1b}" { isEscape = true }
      defer { if isEscape, character == "m" { isEscape = false } }
      return sum + (isEscape ? 0 : SafeText.columns(String(character)))
    }
  }

  /// One character for each, so that columns stay aligned.
  private static func ascii(_ text: Substring) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(text) }
    return String(text.map { $0.isASCII ? $0 : asciiReplacements[$0] ?? "?" })
  }
}

/// What belongs to the number before it.
private let units: Set<Substring> = [
  "B", "KiB", "MiB", "GiB", "TiB", "ns", "µs", "us", "ms", "s", "min", "h", "%",
]

/// What ASCII has instead.
private let asciiReplacements: [Character: Character] = [
  "…": "~", "≤": "<", "←": "<", "→": ">", "×": "x", "µ": "u", "·": "*", "–": "-", "—": "-",
  "╌": "-",
  "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
  "│": "|", "├": "|", "└": "`", "─": "-",
]
