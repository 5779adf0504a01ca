// An echo server on SwiftNIO with a task for each connection, behind three awaits of its own. Prints
// its port; ends when a client says "quit".
import Glibc
import NIOCore
import NIOPosix

typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

actor Journal {
  private var lines: [String] = []

  func note(_ line: String) {
    lines.append(line)
    if lines.count > 100 { lines.removeAll() }
  }
}

let journal = Journal()

func transform(_ request: ByteBuffer) async -> ByteBuffer {
  await journal.note("a request of \(request.readableBytes) bytes")
  return ByteBuffer(bytes: Array("you said: ".utf8) + Array(request.readableBytesView))
}

func answer(_ request: ByteBuffer) async -> ByteBuffer { await transform(request) }

func serve(_ connection: Connection) async throws {
  try await connection.executeThenClose { requests, answers in
    for try await request in requests {
      if String(buffer: request) == "quit" { exit(0) }
      try await answers.write(await answer(request))
    }
  }
}

let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
  .bind(host: "127.0.0.1", port: 0) { channel in
    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
  }
print(server.channel.localAddress?.port ?? 0)
fflush(nil)
try await withThrowingDiscardingTaskGroup { group in
  try await server.executeThenClose { connections in
    for try await connection in connections { group.addTask { try await serve(connection) } }
  }
}
