import Analysis
import Serving

/// Answers questions about a watch over HTTP, while another thread steps.
///
/// An answer is made from what the last step found: it waits for no step, and no step for it.
public final class LiveServer {
  private let watch: LiveWatch
  private let server: HTTPServer
  private let rules: AccessRules
  private let mostFunctions: Int
  private let analyzerVersion: String

  /// Begins to listen. `names` are further names that clients may come by; `functions` as many as are
  /// told of each process.
  ///
  /// - Throws: `HTTPServer.ListenError`.
  public init(
    _ watch: LiveWatch, at address: ListenAddress, token: String?, names: [String], functions: Int,
    analyzerVersion: String
  ) throws(HTTPServer.ListenError) {
    self.watch = watch
    mostFunctions = functions
    self.analyzerVersion = analyzerVersion
    server = try HTTPServer(address)
    rules = AccessRules(token: token, server.address, names: names)
  }

  /// With the port that was found.
  public var address: ListenAddress { server.address }

  /// Steps every so many seconds, telling of what came and went, and answers, until the program ends.
  package func run(
    every seconds: Double, _ tell: @escaping @Sendable ([FollowedRun.Change]) -> Void
  ) {
    watch.keepStepping(every: seconds, tell)
    server.run(while: { true }, answer)
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    if let refusal = rules.refusal(of: request) { return refusal }
    switch request.path {
    case "/":
      return HTTPResponse(
        .ok,
        text: """
          memtrace watches \(watch.state.name)
          /metrics    for Prometheus
          /api/live   the same figures as JSON
          """)
    case "/metrics":
      let format = MetricsText.Format(accept: request.headers["accept"])
      return HTTPResponse(
        .ok, format.contentType, MetricsText.text(watch.state, format, functions: mostFunctions))
    case "/api/live":
      return HTTPResponse(
        .ok, "application/json",
        LiveJSON.document(
          watch.state, functions: mostFunctions, analyzerVersion: analyzerVersion))
    default: return HTTPResponse(.notFound, text: "there is nothing at this path")
    }
  }
}
