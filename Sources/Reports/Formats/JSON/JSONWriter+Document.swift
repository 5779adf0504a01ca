extension JSONWriter {
  /// Writes a whole document: what every document begins with, then `members`.
  public mutating func document(
    _ schema: String, analyzerVersion: String, _ members: (inout Self) -> Void
  ) {
    object { json in
      ReportJSON.identity(schema, analyzerVersion, to: &json)
      members(&json)
    }
    finish()
  }
}
