/// A place in a source file; what is unknown is `nil`.
struct SourcePosition: Hashable, Sendable {
  var file: String?
  var line: Int?
  var column: Int?
}
