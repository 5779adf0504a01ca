/// What a page shows, as bytes: facts as JSON, and large tables as columns.
///
/// Layout: the length of the JSON text as four bytes, the lowest first; the text; the columns.
package protocol PageContent {
  /// Nodes and rows that there are where there is room for all.
  var nodeCount: Int { get }
  /// The document with at most so many of them.
  func bytes(nodes limit: Int, analyzerVersion: String) -> [UInt8]
}

extension PageContent {
  /// Lays a document out.
  static func laidOut(
    _ columns: PageColumns, _ writeFacts: (inout JSONWriter<String>) -> Void
  ) -> [UInt8] {
    var json = JSONWriter("")
    json.object { json in
      writeFacts(&json)
      columns.writeDirectory(to: &json)
    }
    let text = Array(json.output.utf8)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text + columns.bytes
  }
}
