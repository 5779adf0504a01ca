/// What a request is answered with.
public struct HTTPResponse: Sendable {
  public var status: HTTPStatus
  public var contentType: String
  public var body: String
  public var headers: [(name: String, value: String)] = []

  public init(_ status: HTTPStatus, _ contentType: String, _ body: String) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  /// A few words for a person.
  public init(_ status: HTTPStatus, text: String) {
    self.init(status, "text/plain; charset=utf-8", text + "\n")
  }

  /// As it is sent; without the body to `HEAD`.
  func bytes(closes: Bool, sendsBody: Bool) -> [UInt8] {
    let body = Array(body.utf8)
    var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
    let own = [
      ("Content-Type", contentType), ("Content-Length", String(body.count)),
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
      ("Referrer-Policy", "no-referrer"), ("Connection", closes ? "close" : "keep-alive"),
    ]
    for (name, value) in own + headers.map({ ($0.name, $0.value) }) {
      head += "\(name): \(value)\r\n"
    }
    return Array((head + "\r\n").utf8) + (sendsBody ? body : [])
  }
}

/// The statuses that are given.
public enum HTTPStatus: Int, Sendable {
  case ok = 200
  case badRequest = 400
  case unauthorized = 401
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case requestTimeout = 408
  case contentTooLarge = 413
  case misdirected = 421
  case headersTooLarge = 431
  case unavailable = 503
  case versionNotSupported = 505

  var reason: String {
    switch self {
    case .ok: "OK"
    case .badRequest: "Bad Request"
    case .unauthorized: "Unauthorized"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .contentTooLarge: "Content Too Large"
    case .misdirected: "Misdirected Request"
    case .headersTooLarge: "Request Header Fields Too Large"
    case .unavailable: "Service Unavailable"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}
