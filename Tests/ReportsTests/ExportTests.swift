import Aggregation
import Foundation
import PprofFormat
import Testing

@testable import Reports

/// What a format writes of a trace.
func exportedBytes(
  _ trace: AnalyzedTrace, as format: ExportFormat, _ options: ExportOptions = ExportOptions()
) throws -> [UInt8] {
  var bytes: [UInt8] = []
  try format.write(trace, options) { bytes += $0 }
  return bytes
}

/// The same of a format that is text.
func exported(
  _ trace: AnalyzedTrace, as format: ExportFormat, _ options: ExportOptions = ExportOptions()
) throws -> String {
  try #require(String(validating: exportedBytes(trace, as: format, options), as: UTF8.self))
}

/// A format that the library does not know: function names and bytes, one stack a line.
private struct TableExporter: Exporter {
  static let format = ExportFormat(
    name: "table", abstract: "for this test", isBinary: false, wantsAddresses: false,
    holdsOneCost: true, exporter: { TableExporter(kind: $0.cost) })

  let kind: CostKind

  func write(_ export: StackExport, to sink: (ArraySlice<UInt8>) throws -> Void) throws {
    for stack in export.stacks {
      let lines = stack.node == 0 ? [] : export.locations[export.nodes[stack.node].location].lines
      let name = lines.first.map { export.functions[$0.function].name } ?? "-"
      try sink(Array("\(name)\t\(kind.value(of: stack.cost))\n".utf8)[...])
    }
  }
}

@Suite struct ExportTests {
  @Test("A format from outside the library's list is offered and written like any other")
  func registration() throws {
    let formats = ExportFormat.standard + [TableExporter.format]
    let format = try #require(formats.first { $0.name == "table" })
    let fixture = ProfileFixture.typical
    let lines = try exported(fixture.trace, as: format).split(separator: "\n")
    let values = lines.compactMap { Int($0.split(separator: "\t").last ?? "") }
    #expect(values.count == fixture.trace.stacks.stacks.count)
    #expect(values.reduce(0, +) == fixture.totals.allocatedBytes)
  }

  @Test("Names of formats are distinct") func names() {
    let names = ExportFormat.standard.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test("pprof: the four sums are the totals, every reference is there, the leaf comes first")
  func pprof() throws {
    let fixture = ProfileFixture.typical
    let trace = fixture.trace
    let profile = try PprofProfile(
      serializedBytes: gunzip(exportedBytes(trace, as: PprofExporter.format)))
    func string(_ index: Int64) -> String { profile.stringTable[Int(index)] }
    #expect(
      profile.sampleType.map { "\(string($0.type))/\(string($0.unit))" } == [
        "alloc_objects/count", "alloc_space/bytes", "inuse_objects/count", "inuse_space/bytes",
      ])
    let sums = (0..<4).map { type in profile.sample.reduce(0) { $0 + Int($1.value[type]) } }
    let totals = trace.profile.totals
    #expect(
      sums == [
        totals.allocations, totals.allocatedBytes, totals.cost.liveAllocations,
        totals.cost.liveBytes,
      ])
    #expect(profile.stringTable.first == "")
    let functions = Dictionary(uniqueKeysWithValues: profile.function.map { ($0.id, $0) })
    let locations = Dictionary(uniqueKeysWithValues: profile.location.map { ($0.id, $0) })
    let mappings = Set(profile.mapping.map(\.id))
    #expect(locations.values.allSatisfy { $0.mappingID == 0 || mappings.contains($0.mappingID) })
    for sample in profile.sample {
      for id in sample.locationID {
        let lines = try #require(locations[id]).line
        #expect(!lines.isEmpty && lines.allSatisfy { functions[$0.functionID] != nil })
      }
    }
    let outermost = profile.sample.compactMap { $0.locationID.last }.compactMap { locations[$0] }
      .compactMap { $0.line.last }.compactMap { functions[$0.functionID] }.map { string($0.name) }
    #expect(Set(outermost) == ["_start"])
  }

  private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: bytes)
    try input.fileHandleForWriting.close()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return Array(data)
  }
}
