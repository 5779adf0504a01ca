import Glibc

/// How far a download from a debuginfod server has come, and whether it comes any further.
public struct DebugInfoDownload: Sendable {
  /// Told of each step, and with `nil` of the end.
  public typealias Observer = @Sendable (DebugInfoDownload?) -> Void

  /// Received until now.
  public private(set) var bytes = 0
  /// `nil` while the server has not said.
  public private(set) var totalBytes: Int?
  /// How long nothing may come; as long as the client's own limit, where the user set it.
  private let patienceSeconds: Int
  private let observer: Observer?
  private var calls = 0
  private var lastStep = ContinuousClock.now

  /// Begins now.
  init(_ observer: Observer? = nil) {
    self.observer = observer
    let named = getenv("DEBUGINFOD_TIMEOUT").flatMap { Int(String(cString: $0)) }
    patienceSeconds = named.flatMap { $0 > 0 ? $0 : nil } ?? 10
  }

  /// Takes what the client says now and then: how much has come of how much, or, before it knows,
  /// how often it has said so. Whether the download is worth waiting for.
  mutating func goesOn(_ number: Int, of total: Int) -> Bool {
    calls += 1
    let received = total > 0 || number > calls ? number : 0
    let now = ContinuousClock.now
    if received > bytes {
      bytes = received
      totalBytes = total > 0 ? total : nil
      lastStep = now
      observer?(self)
    }
    return stalled(at: now) == nil
  }

  /// Why the download is given up at a moment; `nil` when something came not long ago. The client,
  /// whose own limit is the same where the user set it, says of such a file that no server knows it.
  func stalled(at moment: ContinuousClock.Instant) -> String? {
    guard moment - lastStep >= .seconds(patienceSeconds) - .milliseconds(100) else { return nil }
    return "nothing came for \(patienceSeconds) s"
  }
}
