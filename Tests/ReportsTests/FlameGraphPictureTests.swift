import Foundation
import FoundationXML
import Testing

@testable import Reports

@Suite struct FlameGraphPictureTests {
  private func graph(
    _ fixture: ProfileFixture, _ kind: CostKind = .bytes, isInverted: Bool = false,
    leastShare: Double = 0
  ) -> (export: StackExport, graph: FlameGraph) {
    let export = StackExport(presented: fixture.trace)
    return (
      export, FlameGraph(export, kind, isInverted: isInverted, leastShare: leastShare)
    )
  }

  @Test(
    "Boxes of a level lie side by side, within the box that they belong to, with its sum at most",
    arguments: CostKind.ofEveryTrace)
  func nesting(kind: CostKind) {
    for isInverted in [false, true] {
      let (export, graph) = graph(.typical, kind, isInverted: isInverted)
      let sum = export.stacks.reduce(0) { $0 + kind.value(of: $1.cost) }
      #expect(graph.total == sum)
      let levels = Dictionary(grouping: graph.boxes, by: \.level)
      #expect(
        (levels[0] ?? []).reduce(0) { $0 + $1.value } == sum - graph.valueWithoutStack)
      for (level, boxes) in levels {
        for (box, next) in zip(boxes, boxes.dropFirst()) {
          #expect(box.start + box.value <= next.start)
        }
        guard level > 0 else { continue }
        for box in boxes {
          let parents = (levels[level - 1] ?? []).filter {
            $0.start <= box.start && box.start + box.value <= $0.start + $0.value
          }
          #expect(parents.count == 1)
        }
      }
    }
  }

  @Test("Callers stand first, or what allocated; the costliest is on the left")
  func order() {
    var fixture = ProfileFixture()
    fixture.add(["main", "load", "read"], allocations: 1, bytes: 100)
    fixture.add(["main", "save", "read"], allocations: 1, bytes: 300)
    func names(_ isInverted: Bool) -> [[String]] {
      let (export, graph) = graph(fixture, isInverted: isInverted)
      return Dictionary(grouping: graph.boxes, by: \.level).sorted { $0.key < $1.key }
        .map { $0.value.map { export.functions[$0.function].name } }
    }
    #expect(names(false) == [["main"], ["save", "load"], ["read", "read"]])
    #expect(names(true) == [["read"], ["save", "load"], ["main", "main"]])
  }

  @Test("What is too narrow has no box, and the picture says so")
  func narrow() throws {
    var fixture = ProfileFixture()
    fixture.add(["main", "much"], allocations: 1, bytes: 990)
    fixture.add(["main", "little"], allocations: 1, bytes: 10)
    let (export, graph) = graph(fixture, leastShare: 0.02)
    #expect(graph.boxes.map { export.functions[$0.function].name } == ["main", "much"])
    #expect(graph.narrowBoxes == 1)
    let text = try exported(
      fixture.trace, as: FlameGraphExporter.format, ExportOptions(leastShare: 0.02))
    #expect(text.contains("1 callee below 20 B not drawn"))
  }

  /// Elements and attributes of the picture, wherever they stand.
  private func parts(of text: String) throws -> (elements: Set<String>, attributes: Set<String>) {
    let document = try XMLDocument(data: Data(text.utf8))
    var elements: Set<String> = []
    var attributes: Set<String> = []
    var pending = [try #require(document.rootElement())]
    while let element = pending.popLast() {
      elements.insert(element.name ?? "")
      for attribute in element.attributes ?? [] { attributes.insert(attribute.name ?? "") }
      pending += (element.children ?? []).compactMap { $0 as? XMLElement }
    }
    return (elements, attributes)
  }

  @Test("Names from a trace are text: they add no element, no attribute and no script")
  func hostileNames() throws {
    var fixture = ProfileFixture(program: "<script>alert(1)</script>")
    let names = [
      "</title><script>alert(1)</script>", "]]><script>alert(1)</script>",
      "\"/><image href=\"x\"/>",
      "' onload='alert(1)", "&#60;b&#62;", "\u{1b}[31m\u{202e}", "\u{0}\u{ffff}", "<!--", "日本",
    ]
    for name in names { fixture.add(["main", name], allocations: 1, bytes: 1000) }
    let text = try exported(fixture.trace, as: FlameGraphExporter.format)
    let plain = try parts(
      of: exported(ProfileFixture.typical.trace, as: FlameGraphExporter.format))
    let hostile = try parts(of: text)
    #expect(hostile.elements == plain.elements)
    #expect(hostile.attributes.isSubset(of: plain.attributes))
    #expect(!plain.attributes.contains("href"))
    #expect(text.components(separatedBy: "<script").count == 2)
    #expect(XMLParser(data: Data(text.utf8)).parse())
    #expect(text.contains("&lt;/title&gt;&lt;script&gt;alert(1)"))
  }

  @Test("A name is fitted into its box: whole, shortened, its last component, nothing")
  func fitting() {
    let name = "shop::store::Index<int>::load(std::string const&)"
    #expect(FlameGraphPicture.fitted(name, 1000) == name)
    #expect(FlameGraphPicture.fitted(name, 170) == "…tore::Index<…>::load(…)")
    #expect(FlameGraphPicture.fitted(name, 40) == "load")
    #expect(FlameGraphPicture.fitted(name, 28) == "lo…")
    #expect(FlameGraphPicture.fitted(name, 10) == "")
  }

  @Test("A profile without allocations is a picture, too") func nothing() throws {
    let text = try exported(ProfileFixture().trace, as: FlameGraphExporter.format)
    #expect(text.contains("nothing to draw"))
    #expect(throws: Never.self) { try XMLDocument(data: Data(text.utf8)) }
  }
}
