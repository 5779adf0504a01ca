/// Who may ask a server: whoever knows its token and came by its own name.
///
/// A page of another site that a browser of this machine shows can send requests here, too. The name
/// that it came by (`Host`) tells a site that has given its own name our address, and `Origin` tells a
/// page that asks across sites; neither knows the token.
public struct AccessRules: Sendable {
  private let token: String?
  /// Lower case, with ports.
  private let hosts: Set<String>

  /// The rules of a server at an address, reached by further names as well. Without a token everyone
  /// may ask who comes by the right name.
  public init(token: String?, _ address: ListenAddress, names: [String] = []) {
    self.token = token
    var known = names.map { "\($0.lowercased()):\(address.port)" }
    known.append(address.description)
    if address.isLoopback { known += ["localhost:\(address.port)", "127.0.0.1:\(address.port)"] }
    hosts = Set(known)
  }

  /// Why a request is refused; `nil` if it is not.
  public func refusal(of request: HTTPRequest) -> HTTPResponse? {
    guard let host = request.headers["host"]?.lowercased(), hosts.contains(host) else {
      return HTTPResponse(.misdirected, text: "this server is not reached by that name")
    }
    if let origin = request.headers["origin"], origin.lowercased() != "http://\(host)" {
      return HTTPResponse(.forbidden, text: "not for pages of other sites")
    }
    guard let token else { return nil }
    var given = request.value("token")
    if let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") {
      given = String(header.dropFirst("bearer ".count))
    }
    guard let given, Self.isSame(given, token) else {
      var response = HTTPResponse(.unauthorized, text: "the token is missing or wrong")
      response.headers = [("WWW-Authenticate", "Bearer")]
      return response
    }
    return nil
  }

  /// Takes as long wherever the two differ.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// A token that nobody guesses: 128 bits of the kernel's, as text for a URL.
  public static func randomToken() -> String {
    var random = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    return String((0..<32).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
  }
}
