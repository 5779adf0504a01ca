import Dispatch
import Glibc
import Serving
import Synchronization
import Testing

@Suite("The server") struct HTTPServerTests {
  /// A server on a thread of its own, until it is dropped.
  private final class Running: Sendable {
    let port: UInt16
    private let isWanted: SharedFlag
    private let ended = DispatchSemaphore(value: 0)

    final class SharedFlag: Sendable { let value = Atomic(true) }

    init() throws {
      let server = try HTTPServer(.loopback)
      port = server.address.port
      let (isWanted, ended) = (SharedFlag(), ended)
      self.isWanted = isWanted
      nonisolated(unsafe) let owned = server
      DispatchQueue(label: "server").async {
        owned.run(while: { isWanted.value.load(ordering: .relaxed) }) { request in
          request.path == "/large"
            ? HTTPResponse(.ok, "text/plain", String(repeating: "x", count: 8 << 20))
            : HTTPResponse(.ok, "text/plain", "path \(request.path)")
        }
        ended.signal()
      }
    }

    func stop() {
      isWanted.value.store(false, ordering: .relaxed)
      ended.wait()
    }

    func connect() -> Int32 {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
      let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      return status == 0 ? descriptor : -1
    }

    /// What comes back until the server closes.
    func answer(to text: String) -> String {
      let descriptor = connect()
      defer { close(descriptor) }
      send(text, descriptor)
      shutdown(descriptor, Int32(SHUT_WR))
      return read(descriptor, upTo: .max)
    }

    func send(_ text: String, _ descriptor: Int32) {
      let bytes = Array(text.utf8)
      _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func read(_ descriptor: Int32, upTo most: Int) -> String {
      var found: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while found.count < most {
        let count = Glibc.read(descriptor, &buffer, min(buffer.count, most - found.count))
        guard count > 0 else { break }
        found += buffer[..<count]
      }
      return String(decoding: found, as: UTF8.self)
    }
  }

  @Test("Requests of one connection are answered in their order, wherever they are cut")
  func requests() throws {
    let server = try Running()
    defer { server.stop() }
    let two =
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    let answer = server.answer(to: two)
    #expect(answer.hasSuffix("path /2"))
    #expect(answer.contains("path /1HTTP/1.1 200 OK\r\n"))
    let descriptor = server.connect()
    defer { close(descriptor) }
    for character in "GET /slow HTTP/1.0\r\nHost: h\r\n\r\n".unicodeScalars.map(String.init) {
      server.send(character, descriptor)
    }
    #expect(server.read(descriptor, upTo: .max).hasSuffix("path /slow"))
  }

  @Test("What is no request is refused and let go") func refusals() throws {
    let server = try Running()
    defer { server.stop() }
    #expect(server.answer(to: "nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
    #expect(
      server.answer(to: "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n").hasPrefix("HTTP/1.1 405 "))
    let head = server.answer(to: "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(head.hasSuffix("\r\n\r\n") && head.contains("Content-Length: 7\r\n"))
  }

  @Test("Clients that do not read, or send half a request, delay nobody") func stuck() throws {
    let server = try Running()
    defer { server.stop() }
    var stuck: [Int32] = []
    defer { for descriptor in stuck { close(descriptor) } }
    for number in 0..<60 {
      let descriptor = server.connect()
      server.send(
        number.isMultiple(of: 2) ? "GET /large HTTP/1.1\r\nHost: h\r\n\r\n" : "GET /half HTT",
        descriptor)
      stuck.append(descriptor)
    }
    for _ in 0..<20 {
      #expect(server.answer(to: "GET /quick HTTP/1.0\r\n\r\n").hasSuffix("path /quick"))
    }
    // A slow one gets all of its answer in the end.
    #expect(server.read(stuck[0], upTo: 8 << 20).utf8.count == 8 << 20)
  }
}
