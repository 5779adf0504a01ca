import Glibc

/// A server for a few clients that ask small questions: one thread, which no client can hold up.
///
/// No call here waits but `poll`. A client that sends slowly or does not read what it asked for has
/// its own buffer, and is let go after a while; answers are made at once, from what is there.
public final class HTTPServer {
  /// Why a server cannot listen.
  public struct ListenError: Error {
    public let errno: Int32
  }

  /// Most connections at a time; further ones wait to be accepted.
  private static let mostConnections = 256
  /// How long a client may take to send a request, or to read a part of an answer.
  private static let patienceMilliseconds: Int64 = 15_000

  private struct Connection {
    let descriptor: Int32
    var received: [UInt8] = []
    var unsent: ArraySlice<UInt8> = []
    var closesWhenSent = false
    /// The client sends nothing more.
    var hasEnded = false
    /// When something last went on.
    var activeAt: Int64
  }

  /// With the port that was found.
  public let address: ListenAddress
  private let listener: Int32
  private var connections: [Connection] = []

  /// Begins to listen.
  ///
  /// - Throws: `ListenError`.
  public init(_ wanted: ListenAddress) throws(ListenError) {
    var found: (descriptor: Int32, errno: Int32) = (-1, EINVAL)
    _ = wanted.withSocketAddress { family, pointer, length in
      let descriptor = socket(
        family,
        Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
          | Int32(SOCK_NONBLOCK.rawValue), 0)
      var one: Int32 = 1
      if descriptor >= 0 {
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
      }
      guard descriptor >= 0, bind(descriptor, pointer, length) == 0, listen(descriptor, 64) == 0
      else {
        found = (-1, errno)
        if descriptor >= 0 { close(descriptor) }
        return
      }
      found = (descriptor, 0)
    }
    guard found.descriptor >= 0 else { throw ListenError(errno: found.errno) }
    listener = found.descriptor
    address = wanted.at(port: Self.port(of: listener))
  }

  deinit {
    for connection in connections { close(connection.descriptor) }
    close(listener)
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        guard getsockname(descriptor, $0, &length) == 0 else { return 0 }
        // The port is the second word of both families.
        return UnsafeRawPointer($0).load(fromByteOffset: 2, as: UInt16.self).bigEndian
      }
    }
  }

  /// Answers until `isWanted`, which is asked several times a second, says no.
  public func run(
    while isWanted: () -> Bool, _ answer: (HTTPRequest) -> HTTPResponse
  ) {
    signal(SIGPIPE, SIG_IGN)
    while isWanted() {
      let hasRoom = connections.count < Self.mostConnections
      var polled = [pollfd(fd: hasRoom ? listener : -1, events: Int16(POLLIN), revents: 0)]
      polled += connections.map(Self.interest)
      guard poll(&polled, nfds_t(polled.count), 200) >= 0 || errno == EINTR else { return }
      let now = Self.milliseconds
      for index in connections.indices {
        let events = Int32(polled[index + 1].revents)
        if events & (POLLIN | POLLHUP | POLLERR) != 0 { receive(index, now) }
        repeat { send(index, now) } while answerRequest(of: index, answer)
      }
      for connection in connections where Self.isDone(connection, now) {
        close(connection.descriptor)
      }
      connections.removeAll { Self.isDone($0, now) }
      if polled[0].revents != 0 { accept(now) }
    }
  }

  private static func interest(_ connection: Connection) -> pollfd {
    let isReading =
      !connection.hasEnded && !connection.closesWhenSent
      && connection.received.count <= HTTPRequest.mostBytes
    let events = (isReading ? POLLIN : 0) | (connection.unsent.isEmpty ? 0 : POLLOUT)
    return pollfd(fd: connection.descriptor, events: Int16(events), revents: 0)
  }

  private static func isDone(_ connection: Connection, _ now: Int64) -> Bool {
    connection.unsent.isEmpty && (connection.closesWhenSent || connection.hasEnded)
      || now - connection.activeAt > patienceMilliseconds
  }

  private func accept(_ now: Int64) {
    while connections.count < Self.mostConnections {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      connections.append(Connection(descriptor: descriptor, activeAt: now))
    }
  }

  private func receive(_ index: Int, _ now: Int64) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while connections[index].received.count <= HTTPRequest.mostBytes {
      let count = read(connections[index].descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return }
      guard count > 0 else {
        connections[index].hasEnded = true
        // What could not be sent never will be.
        if count < 0 { connections[index].unsent = [] }
        return
      }
      // Time is given for a request, not for each of its bytes.
      if connections[index].received.isEmpty { connections[index].activeAt = now }
      connections[index].received += buffer[..<count]
    }
  }

  /// Answers the next request that has been received whole, once the answer before it is sent; tells
  /// whether there was one.
  private func answerRequest(of index: Int, _ answer: (HTTPRequest) -> HTTPResponse) -> Bool {
    guard !connections[index].closesWhenSent, connections[index].unsent.isEmpty else {
      return false
    }
    switch HTTPRequest.parse(connections[index].received) {
    case .incomplete: return false
    case .refused(let status):
      queue(HTTPResponse(status, text: status.reason), to: index, closes: true)
    case .request(let request, let bytes):
      connections[index].received.removeFirst(bytes)
      var response: HTTPResponse
      if request.method == "GET" || request.method == "HEAD" {
        response = answer(request)
      } else {
        response = HTTPResponse(.methodNotAllowed, text: "GET only")
        response.headers = [("Allow", "GET, HEAD")]
      }
      queue(
        response, to: index, closes: !request.keepsConnection, sendsBody: request.method != "HEAD")
    }
    return true
  }

  private func queue(
    _ response: HTTPResponse, to index: Int, closes: Bool, sendsBody: Bool = true
  ) {
    connections[index].unsent = response.bytes(closes: closes, sendsBody: sendsBody)[...]
    connections[index].closesWhenSent = closes
  }

  private func send(_ index: Int, _ now: Int64) {
    while !connections[index].unsent.isEmpty {
      let sent = connections[index].unsent.withUnsafeBytes {
        Glibc.send(
          connections[index].descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0, errno == EINTR { continue }
      guard sent > 0 else {
        if sent < 0, errno != EAGAIN {
          connections[index].unsent = []
          connections[index].closesWhenSent = true
        }
        return
      }
      connections[index].unsent = connections[index].unsent.dropFirst(sent)
      connections[index].activeAt = now
    }
  }

  private static var milliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
