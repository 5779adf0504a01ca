import Analysis
import ArgumentParser
import Glibc
import Live
import Serving

/// `memtrace-analyze serve [TARGET]`
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "The figures of running programs over HTTP, for Prometheus and scripts.",
    discussion: """
      Follows programs while they are recorded; each look reads what is new. Clients get the \
      figures of the latest look:
        /metrics    Prometheus' text format, or OpenMetrics where a client asks for it
        /api/live   the same as JSON

      Only this machine is listened to, unless --listen names another address: then \
      --token-file is needed as well. Clients send the token as ?token=… or as \
      "Authorization: Bearer …"; without --token-file one is made up and printed.

      Examples:
        memtrace-analyze serve trace.bin
        memtrace-analyze serve /var/lib/traces --listen 127.0.0.1:9464 --no-token
        memtrace-analyze serve 4711 --listen 0.0.0.0:9464 --token-file /etc/memtrace.token \
      --name app.example.org
      """)

  @Option(
    name: .customLong("listen"),
    help: ArgumentHelp("Address and port; port 0 is any free one.", valueName: "address:port"))
  var address = ListenAddress.loopback

  @Option(
    name: .customLong("token-file"),
    help: ArgumentHelp("File whose first line is the token.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Flag(
    name: .customLong("no-token"), help: "Answer everyone on this machine.")
  var needsNoToken = false

  @Option(
    name: .customLong("name"),
    help: ArgumentHelp(
      "A further name that clients reach the server by; may be repeated.", valueName: "host"))
  var names: [String] = []

  @OptionGroup var options: WatchOptions
  @OptionGroup(title: "Log") var log: LogOptions

  func validate() throws {
    if needsNoToken, tokenFile != nil {
      throw ValidationError("--no-token and --token-file exclude each other.")
    }
    if !address.isLoopback, tokenFile == nil {
      throw ValidationError(
        "--listen \(address) is open to other machines: give a token with --token-file.")
    }
  }

  func run() throws {
    let token = try token()
    let watch = try options.watch(log)
    let log = try log.open()
    let server: LiveServer
    do throws(HTTPServer.ListenError) {
      server = try LiveServer(
        watch, at: address, token: token, names: names, functions: options.functions,
        analyzerVersion: Version.number)
    } catch {
      throw CommandFailure(
        "cannot listen on \(address): \(String(cString: strerror(error.errno)))", status: .usage)
    }
    let changes = watch.step()
    log?.take(changes, watch.state)
    let query = token.map { "?token=\($0)" } ?? ""
    let output = StandardOutput()
    // A token of the user's own is not shown.
    output.write("http://\(server.address)/\(tokenFile == nil ? query : "")\n")
    try output.finish()
    server.run(every: options.interval.seconds) { log?.take($0, watch.state) }
  }

  /// The token that clients must know; nil if they need none.
  private func token() throws -> String? {
    guard !needsNoToken else { return nil }
    guard let tokenFile else { return AccessRules.randomToken() }
    let text = try TextFile.read(tokenFile).text
    let token = String(text.prefix { !$0.isNewline })
    guard token.count >= 16,
      token.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.~".contains($0)) })
    else {
      throw CommandFailure(
        "\(tokenFile): a token is a line of at least 16 letters, digits, and -._~",
        status: .usage)
    }
    return token
  }
}

extension ListenAddress: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { description }
}
