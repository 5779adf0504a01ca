import Aggregation
import Foundation
import Testing

@testable import Reports

@Suite struct CallersTests {
  private func nodes(_ key: String, of function: String, _ fixture: ProfileFixture) throws
    -> [String]
  {
    let report = try CallersReport(
      fixture.trace, of: function, by: .bytes, extent: TreeReport.Extent())
    var json = JSONWriter("")
    report.writeJSON(to: &json, analyzerVersion: "test")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    return try #require(document[key] as? [[String: Any]]).map {
      "\($0["level"] ?? "") \($0["function"] ?? "") \($0["value"] ?? "")"
    }
  }

  private var fixture: ProfileFixture {
    var fixture = ProfileFixture()
    fixture.foldsRecursion = false
    fixture.add(["main", "load", "parse", "grow"], allocations: 1, bytes: 100)
    fixture.add(["main", "save", "parse"], allocations: 1, bytes: 30)
    fixture.add(["main", "parse", "item", "parse", "grow"], allocations: 1, bytes: 7)
    fixture.add(["main", "grow"], allocations: 1, bytes: 1000)
    return fixture
  }

  @Test("Callers stand below what they call, with their part")
  func callers() throws {
    #expect(
      try nodes("callers", of: "parse", fixture) == [
        "1 parse 137", "2 load 100", "3 main 100", "2 save 30", "3 main 30",
      ])
  }

  @Test("What a function calls counts from its outermost call on")
  func callees() throws {
    #expect(
      try nodes("callees", of: "parse", fixture) == [
        "1 parse 137", "2 grow 100",
      ])
  }

  @Test("A function that is on no stack is an error that names similar ones")
  func unknown() {
    #expect(throws: FilterError.self) {
      try CallersReport(
        fixture.trace, of: "prase", by: .bytes, extent: TreeReport.Extent())
    }
  }
}
