/// A request of HTTP/1.0 or 1.1 without a body, as it is read from bytes: pure, and strict. What it
/// cannot be sure of is refused, for a reader that guesses where a request ends reads another's.
public struct HTTPRequest: Sendable, Hashable {
  public let method: String
  /// Without the query, percent-decoded.
  public let path: String
  /// In their order, percent-decoded.
  public let query: [QueryItem]
  /// Names in lower case.
  public let headers: [String: String]
  /// Whether the client wants to send another request on the connection.
  public let keepsConnection: Bool

  public struct QueryItem: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  /// What bytes are.
  public enum Parsed: Sendable, Hashable {
    /// The beginning of a request.
    case incomplete
    /// A request, which ends after so many bytes.
    case request(HTTPRequest, bytes: Int)
    /// None: the status to answer with. Nothing behind it can be read.
    case refused(HTTPStatus)
  }

  /// Longest request line and headers together.
  public static let mostBytes = 16 << 10
  private static let mostHeaders = 100

  /// The first value of a query's name.
  public func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// Reads the first request of some bytes. Linear in them.
  public static func parse(_ bytes: some RandomAccessCollection<UInt8>) -> Parsed {
    let bytes = Array(bytes.prefix(mostBytes + 1))
    guard let end = headEnd(bytes) else {
      return bytes.count > mostBytes ? .refused(.headersTooLarge) : .incomplete
    }
    guard end <= mostBytes else { return .refused(.headersTooLarge) }
    guard let head = String(validating: bytes[..<(end - 4)], as: UTF8.self) else {
      return .refused(.badRequest)
    }
    // A line ends with CR LF, and neither stands alone: Swift sees the two as one character.
    let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
    guard
      !lines.contains(where: { $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } })
    else { return .refused(.badRequest) }
    return parse(lines, end: end)
  }

  private static func parse(_ lines: [Substring], end: Int) -> Parsed {
    let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(isTokenCharacter) else {
      return .refused(.badRequest)
    }
    guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
      return .refused(words[2].hasPrefix("HTTP/") ? .versionNotSupported : .badRequest)
    }
    var headers: [String: String] = [:]
    guard lines.count - 1 <= mostHeaders else { return .refused(.headersTooLarge) }
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { return .refused(.badRequest) }
      let name = line[..<colon]
      guard !name.isEmpty, name.allSatisfy(isTokenCharacter) else { return .refused(.badRequest) }
      let key = name.lowercased()
      let value = line[line.index(after: colon)...].trimmed
      if let earlier = headers[key] {
        // Two hosts or two lengths have no meaning.
        guard key != "host", key != "content-length", key != "authorization" else {
          return .refused(.badRequest)
        }
        headers[key] = earlier + ", " + value
      } else {
        headers[key] = value
      }
    }
    guard headers["transfer-encoding"] == nil, headers["content-length"] ?? "0" == "0" else {
      return .refused(.contentTooLarge)
    }
    guard words[2] == "HTTP/1.0" || headers["host"] != nil else { return .refused(.badRequest) }
    guard let target = target(words[1]) else { return .refused(.badRequest) }
    let connection = headers["connection"]?.lowercased() ?? ""
    let request = HTTPRequest(
      method: String(words[0]), path: target.path, query: target.query, headers: headers,
      keepsConnection: words[2] == "HTTP/1.1" && !connection.contains("close"))
    return .request(request, bytes: end)
  }

  /// One past the empty line.
  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for start in 0...(bytes.count - 4) where bytes[start] == 13 {
      if bytes[start + 1] == 10, bytes[start + 2] == 13, bytes[start + 3] == 10 { return start + 4 }
    }
    return nil
  }

  private static func isTokenCharacter(_ character: Character) -> Bool {
    character.isASCII
      && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
  }

  private static func target(_ text: Substring) -> (path: String, query: [QueryItem])? {
    guard text.hasPrefix("/") else { return nil }
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = decoded(parts[0]) else { return nil }
    var query: [QueryItem] = []
    for item in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(sides[0]), let value = decoded(sides.count > 1 ? sides[1] : "")
      else { return nil }
      query.append(QueryItem(name: name, value: value))
    }
    return (path, query)
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(nibble), let low = rest.popFirst().flatMap(nibble)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension Substring {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}
