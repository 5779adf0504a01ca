/// Words remedies for a list of modules: how an archive of packages is set up stands in the first
/// remedy that needs it. Each alone, as JSON and a bundled trace keep them, says all of it.
public struct RemedyWording {
  private static let start = "add the line `"
  private static let end = "` to /etc/apt/sources.list, run `apt-get update` and "

  private var said: Set<Substring> = []

  /// Begins a list.
  public init() {}

  /// How to set up the archive that a line of `sources.list` names.
  static func setUp(_ line: String) -> String { start + line + end }

  /// The next remedy of the list, without what an earlier one said.
  public mutating func next(_ remedy: String) -> String {
    guard let start = remedy.firstRange(of: Self.start),
      let end = remedy[start.upperBound...].firstRange(of: Self.end),
      !said.insert(remedy[start.upperBound..<end.lowerBound]).inserted
    else { return remedy }
    return String(remedy[..<start.lowerBound] + remedy[end.upperBound...])
  }
}
