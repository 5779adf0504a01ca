/// One kind of report on a trace, as text for people and as JSON for scripts.
///
/// Both say the same; text rounds, shortens and leaves out what JSON carries whole.
public protocol Report: Sendable {
  /// Writes the report as text.
  func writeText(to output: inout some TextOutputStream, style: TextStyle)

  /// Whether the text is for people: its lines may then be broken where a page ends.
  var isPage: Bool { get }

  /// Writes the report as one JSON document; docs/JSON.md documents the schema.
  func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String)
}

extension Report {
  public var isPage: Bool { true }
}
