/// Writes one JSON document, member by member, in the order given.
///
/// Reports are written as they are walked: nothing is collected, key order is part of the
/// documented schema, and the largest dump needs no memory. Nesting is the caller's closures, so
/// a document is only left unbalanced when one of them throws.
public struct JSONWriter<Output: TextOutputStream> {
  /// Where the document goes; taken back by the caller when the document is complete.
  public private(set) var output: Output
  private var depth = 0
  private var isFirst = true
  /// Inside a one-line value no line breaks are written.
  private var compactDepth = 0

  /// Creates a writer of one document.
  public init(_ output: Output) { self.output = output }

  /// Writes an object as the document or as an element of an array.
  public mutating func object<Failure: Error>(
    compact: Bool = false, _ members: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    separate()
    try nest("{", "}", compact, members)
  }

  /// Writes a member that is an object.
  public mutating func object<Failure: Error>(
    _ key: String, compact: Bool = false, _ members: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    name(key)
    try nest("{", "}", compact, members)
  }

  /// Writes a member that is an array.
  public mutating func array<Failure: Error>(
    _ key: String, compact: Bool = false, _ elements: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    name(key)
    try nest("[", "]", compact, elements)
  }

  /// Writes a member that is a string, or null.
  public mutating func member(_ key: String, _ value: String?) {
    name(key)
    if let value { quote(value) } else { output.write("null") }
  }

  /// Writes a member that is an integer.
  public mutating func member(_ key: String, _ value: some BinaryInteger) {
    name(key)
    output.write(String(value))
  }

  /// Writes a member that is an integer, or null.
  public mutating func member(_ key: String, optional value: (some BinaryInteger)?) {
    name(key)
    output.write(value.map { String($0) } ?? "null")
  }

  /// Writes a member that is a truth value.
  public mutating func member(_ key: String, _ value: Bool) {
    name(key)
    output.write(value ? "true" : "false")
  }

  /// Writes a string as an element of an array.
  public mutating func element(_ value: String) {
    separate()
    quote(value)
  }

  /// Writes an integer as an element of an array.
  public mutating func element(_ value: some BinaryInteger) {
    separate()
    output.write(String(value))
  }

  /// Ends the document's last line.
  public mutating func finish() { output.write("\n") }

  private mutating func nest<Failure: Error>(
    _ open: String, _ close: String, _ compact: Bool,
    _ contents: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    output.write(open)
    depth += 1
    if compact || compactDepth > 0 { compactDepth += 1 }
    isFirst = true
    try contents(&self)
    let isEmpty = isFirst
    depth -= 1
    if compactDepth > 0 {
      compactDepth -= 1
    } else if !isEmpty {
      breakLine()
    }
    output.write(close)
    isFirst = false
  }

  private mutating func name(_ key: String) {
    separate()
    quote(key)
    output.write(": ")
  }

  private mutating func separate() {
    if !isFirst { output.write(compactDepth > 0 ? ", " : ",") }
    isFirst = false
    if depth > 0, compactDepth == 0 { breakLine() }
  }

  private mutating func breakLine() {
    output.write("\n")
    for _ in 0..<depth { output.write("  ") }
  }

  private mutating func quote(_ text: String) { output.write(JSONText.quoted(text)) }
}
