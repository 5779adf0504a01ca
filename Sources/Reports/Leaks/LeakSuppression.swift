import Glibc

/// One pattern of a suppression list: leaks whose stack runs through what it matches are not told.
///
/// The syntax and the sense are LeakSanitizer's: the pattern is looked for anywhere in a function's
/// name, a source file's path or a module's path; `*` stands for any text, a leading `^` and a
/// trailing `$` tie it to the beginning and the end.
public struct LeakSuppression: Sendable, Hashable {
  /// As it was written, after `leak:`.
  public let template: String
  private let pieces: [[UInt8]]
  private let isTiedToStart: Bool
  private let isTiedToEnd: Bool

  /// Reads a template; every text is one. What follows a `$` means nothing, as in LeakSanitizer.
  public init(_ template: String) {
    self.template = template
    var body = template[...]
    isTiedToStart = body.hasPrefix("^")
    if isTiedToStart { body = body.dropFirst() }
    let end = body.firstIndex(of: "$")
    isTiedToEnd = end != nil
    pieces = body[..<(end ?? body.endIndex)]
      .split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
  }

  /// Whether a name or path matches. An empty one never does.
  public func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { matches($0) }
  }

  /// The same of its UTF-8.
  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard !text.isEmpty else { return false }
    var position = 0
    for (index, piece) in pieces.enumerated() {
      let isFirst = index == 0
      let isLast = index == pieces.count - 1
      if isFirst, isTiedToStart {
        guard Self.stands(piece, in: text, at: 0) else { return false }
        position = piece.count
        if isLast, isTiedToEnd { return position == text.count }
      } else if isLast, isTiedToEnd {
        let start = text.count - piece.count
        return start >= position && Self.stands(piece, in: text, at: start)
      } else {
        guard let found = Self.find(piece, in: text, from: position) else { return false }
        position = found + piece.count
      }
    }
    return true
  }

  private static func stands(
    _ piece: [UInt8], in text: UnsafeBufferPointer<UInt8>, at start: Int
  ) -> Bool {
    start + piece.count <= text.count && text[start..<(start + piece.count)].elementsEqual(piece)
  }

  private static func find(
    _ piece: [UInt8], in text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Int? {
    guard let first = piece.first else { return start <= text.count ? start : nil }
    guard let begin = text.baseAddress else { return nil }
    var at = start
    while at + piece.count <= text.count,
      let hit = memchr(begin + at, Int32(first), text.count - piece.count - at + 1)
    {
      at = UnsafeRawPointer(begin).distance(to: hit)
      if memcmp(hit, piece, piece.count) == 0 { return at }
      at += 1
    }
    return nil
  }
}
