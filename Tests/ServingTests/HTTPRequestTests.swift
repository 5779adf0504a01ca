import Serving
import Testing

@Suite("A request") struct HTTPRequestTests {
  private func parse(_ text: String) -> HTTPRequest.Parsed { HTTPRequest.parse(Array(text.utf8)) }

  private func request(_ text: String) -> HTTPRequest? {
    if case .request(let request, _) = parse(text) { request } else { nil }
  }

  @Test("Path, query and headers are told apart") func parts() throws {
    let text = "GET /a%20b?x=1&y=%C3%A9&z HTTP/1.1\r\nHost: h:1\r\nX-Two: a\r\nX-Two:  b \r\n\r\n"
    let found = try #require(request(text))
    #expect(found.method == "GET")
    #expect(found.path == "/a b")
    #expect(found.query.map(\.name) == ["x", "y", "z"])
    #expect(found.value("y") == "é")
    #expect(found.headers["x-two"] == "a, b")
    #expect(found.keepsConnection)
    #expect(parse(text + "GET") == .request(found, bytes: text.utf8.count))
  }

  @Test("Every beginning of a request is waited for") func beginnings() {
    let text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    for length in 0..<text.utf8.count {
      #expect(HTTPRequest.parse(Array(text.utf8.prefix(length))) == .incomplete)
    }
  }

  @Test(
    "What is no request is refused",
    arguments: [
      ("GET / HTTP/1.1\r\n\r\n", HTTPStatus.badRequest),  // no host
      ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .badRequest),
      ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .badRequest),
      ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", .badRequest),
      ("GET / HTTP/1.1\nHost: a\n\r\n\r\n", .badRequest),
      ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
      ("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
      ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
      ("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
      ("GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
      ("\r\n\r\n", .badRequest),
      ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .versionNotSupported),
      ("GET / SPDY/1\r\nHost: a\r\n\r\n", .badRequest),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", .contentTooLarge),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .contentTooLarge),
    ])
  func refused(_ text: String, _ status: HTTPStatus) {
    #expect(parse(text) == .refused(status), "\(text)")
  }

  @Test("Headers without an end are refused") func endless() {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 20_000)
    #expect(parse(text) == .refused(.headersTooLarge))
    let many = (0..<200).map { "X\($0): y\r\n" }.joined()
    #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n") == .refused(.headersTooLarge))
  }

  @Test("Random bytes never end the program") func random() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let alphabet = Array("GET /?=&%: HTTP/1.1\r\n\r\nHost\u{0}é".utf8)
      let bytes = (0..<Int.random(in: 0..<80, using: &generator)).map { _ in
        alphabet.randomElement(using: &generator) ?? 0
      }
      _ = HTTPRequest.parse(bytes)
    }
  }
}

@Suite("Who may ask") struct AccessRulesTests {
  private func status(
    _ rules: AccessRules, host: String, target: String = "/", _ headers: String...
  ) -> HTTPStatus? {
    let lines = headers.map { $0 + "\r\n" }.joined()
    let text = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\(lines)\r\n"
    guard case .request(let request, _) = HTTPRequest.parse(Array(text.utf8)) else { return nil }
    return rules.refusal(of: request)?.status
  }

  @Test("The token is wanted, in the query or the header") func token() throws {
    let rules = AccessRules(
      token: "secret", try #require(ListenAddress("127.0.0.1:80")))
    #expect(status(rules, host: "127.0.0.1:80") == .unauthorized)
    #expect(status(rules, host: "127.0.0.1:80", target: "/?token=secreT") == .unauthorized)
    #expect(status(rules, host: "127.0.0.1:80", target: "/?token=") == .unauthorized)
    #expect(status(rules, host: "127.0.0.1:80", target: "/?token=secret") == nil)
    #expect(status(rules, host: "localhost:80", "Authorization: Bearer secret") == nil)
    #expect(
      status(rules, host: "127.0.0.1:80", target: "/?token=secret", "Authorization: Bearer no")
        == .unauthorized)
  }

  @Test("Other names and other sites are refused") func names() throws {
    let rules = AccessRules(
      token: nil, try #require(ListenAddress("127.0.0.1:80")), names: ["App.example"])
    #expect(status(rules, host: "127.0.0.1:80") == nil)
    #expect(status(rules, host: "app.example:80") == nil)
    #expect(status(rules, host: "evil.example:80") == .misdirected)
    #expect(status(rules, host: "127.0.0.1:81") == .misdirected)
    #expect(status(rules, host: "127.0.0.1:80", "Origin: http://evil.example") == .forbidden)
    #expect(status(rules, host: "127.0.0.1:80", "Origin: null") == .forbidden)
    #expect(status(rules, host: "127.0.0.1:80", "Origin: http://127.0.0.1:80") == nil)
  }

  @Test("Addresses are numbers") func addresses() {
    #expect(ListenAddress("127.0.0.1:9464")?.isLoopback == true)
    #expect(ListenAddress("localhost:0")?.host == "127.0.0.1")
    #expect(ListenAddress("[::1]:1")?.description == "[::1]:1")
    #expect(ListenAddress("0.0.0.0:1")?.isLoopback == false)
    for text in [
      "", "9464", ":1", "example.org:1", "::1:1", "[127.0.0.1]:1", "1.2.3:4", "1.2.3.4:x",
      "1.2.3.4:70000", "127.evil.example:80",
    ] {
      #expect(ListenAddress(text) == nil, "\(text)")
    }
  }

  @Test("No two tokens are the same") func random() {
    #expect(Set((0..<100).map { _ in AccessRules.randomToken() }).count == 100)
  }
}
