import Aggregation

extension GrowthReport {
  /// Writes one entry as a page has it; its stack is the page's node.
  func writePage<Output>(_ row: GrowthRow, node: Int, to json: inout JSONWriter<Output>) {
    json.object { json in
      json.member("verdict", row.growth.verdict.rawValue)
      json.member("words", Self.words(row.growth.verdict))
      json.member("bytesPerSecond", Self.whole(row.growth.bytesPerSecond))
      json.member("confidencePercent", Self.whole(row.growth.confidence * 100))
      json.member("stacks", row.stacks)
      json.member("keptBytes", row.keptBytes)
      json.member("keptBlocks", row.keptBlocks)
      json.member("node", node)
      json.array("least", compact: true) { json in
        for value in row.series.minimumBytes { json.element(value) }
      }
    }
  }
}
