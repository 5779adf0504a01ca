/// Makes a page that is no larger than asked for.
package struct PageExport {
  /// Why there is no page.
  package enum Failure: Error, Sendable {
    /// Everything but stacks takes more.
    case tooLarge(leastBytes: Int)
  }

  private let file: PageFile
  private let document: any PageContent
  private let analyzerVersion: String

  package init(_ document: some PageContent, _ shell: PageFile.Shell, analyzerVersion: String) {
    file = PageFile(shell, analyzerVersion: analyzerVersion)
    self.document = document
    self.analyzerVersion = analyzerVersion
  }

  /// Of a compressed node with its costs, at the least: no larger tree is tried.
  private static let leastNodeBytes = 2
  /// How much smaller than the measure promises the next tree is.
  private static let caution = 0.9

  /// The file, at most `limit` bytes: with all stacks if they fit, else with the costliest.
  package func bytes(limit: Int) throws(Failure) -> [UInt8] {
    var nodes = min(document.nodeCount, max(1, limit / Self.leastNodeBytes))
    while true {
      let page = file.text(
        data: Self.packed(
          document.bytes(nodes: nodes, analyzerVersion: analyzerVersion)))
      if page.count <= limit { return page }
      guard nodes > 0 else { throw .tooLarge(leastBytes: page.count) }
      let fixed = file.shellBytes
      let room = Double(max(0, limit - fixed)) / Double(max(1, page.count - fixed))
      nodes = min(nodes - 1, Int(Double(nodes) * min(1, room) * Self.caution))
    }
  }

  private static func packed(_ bytes: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = []
    bytes.withUnsafeBytes { bytes in
      GzipWriter.write(bytes) { packed += $0 }
    }
    return packed
  }
}
