import Glibc

/// Where a server listens: a numeric address and a port, as `127.0.0.1:9090` or `[::1]:0`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// Without brackets.
  public let host: String
  /// 0 for any that is free.
  public let port: UInt16

  public static let loopback = ListenAddress(host: "127.0.0.1", port: 0)

  private init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads an address; `nil` if it is none. Names are none: they may come to mean another machine.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = String(text[..<colon])
    if host == "localhost" { host = "127.0.0.1" }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    self.init(host: host, port: port)
    guard withSocketAddress({ _, _, _ in true }) ?? false else { return nil }
  }

  /// The same with the port that was found.
  func at(port: UInt16) -> ListenAddress { ListenAddress(host: host, port: port) }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether only this machine reaches it.
  public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

  /// Calls `body` with the address as the kernel wants it; `nil` if it is none.
  func withSocketAddress<Value>(
    _ body: (_ family: Int32, UnsafePointer<sockaddr>, socklen_t) -> Value
  ) -> Value? {
    if host.contains(":") {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return nil }
      return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body(AF_INET6, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(AF_INET, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
