import Aggregation
import Testing

@testable import Reports

/// The page's data: nothing is lost where there is no room, and its parts are what they claim to be.
struct PageTests {
  @Test("Digests are those of FIPS 180-4's examples")
  func digests() {
    func hex(_ text: String) -> String {
      SHA256.digest(Array(text.utf8)).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
      }.joined()
    }
    #expect(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test("Base64 has RFC 4648's examples")
  func base64() {
    let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map {
      String(decoding: Base64.encoded(Array($0.utf8)), as: UTF8.self)
    }
    #expect(texts == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"])
  }

  @Test("Columns are LEB128, deltas zigzag")
  func columns() {
    var columns = PageColumns()
    columns.add("plain", [0, 127, 128, 300])
    columns.addDeltas("delta", [5, 3, 3])
    #expect(columns.bytes == [0, 127, 0x80, 1, 0xac, 2, 10, 3, 0])
  }

  private var trace: AnalyzedTrace {
    var fixture = ProfileFixture()
    for index in 0..<20 {
      fixture.add(
        ["main", "part\(index % 4)", "leaf\(index)"], allocations: index + 1,
        bytes: 100 * (index + 1) * (index + 1), peak: (1, 10 * index), leaked: (1, index))
    }
    fixture.add(["main"], allocations: 7, bytes: 70)
    return fixture.trace
  }

  @Test("Whatever the room, every cost adds up to that of the trace", arguments: [0, 1, 3, 9, 100])
  func folding(limit: Int) {
    let trace = trace
    let kinds: [CostKind] = [.bytes, .allocations, .peak, .leaked]
    let tree = PageTree(SuppressedLeaks(trace, LeakSuppressionList()), kinds: kinds, limit: limit)
    for kind in kinds {
      let sum = tree.entries.reduce(0) { $0 + kind.value(of: $1.cost) }
      #expect(sum == trace.stacks.stacks.reduce(0) { $0 + kind.value(of: $1.cost) })
    }
    let folded = tree.nodes.reduce(0) { $0 + $1.foldedStacks }
    #expect(tree.stackCount == 21)
    #expect(tree.keptStacks + folded == tree.stackCount)
    #expect(tree.nodes.count { $0.function != nil } <= limit)
    #expect((folded == 0) == (limit == 100))
    for (index, node) in tree.nodes.enumerated().dropFirst() { #expect(node.parent < index) }
  }

  @Test("A redacted page has last names alone")
  func redaction() {
    let redaction = PageRedaction(isOn: true)
    #expect(redaction.path("/home/user/secret/app") == "app")
    #expect(redaction.secret("--password=1") == nil)
    #expect(redaction.mark("customer", 0) == "mark 1")
    let notice = redaction.notice(
      Notice(severity: .note, kind: .symbols, message: "No names in /home/user/app (stripped)."))
    #expect(notice.message == "No names in app (stripped).")
  }

  @Test("A page that cannot be as small as asked for is none")
  func tooLarge() {
    let shell = PageFile.Shell(body: "", style: "", script: "")
    let page = PageExport(
      PageDocument(PageDocument.Content(trace)), shell, analyzerVersion: "1")
    #expect(throws: PageExport.Failure.self) { try page.bytes(limit: 10) }
    #expect(throws: Never.self) { try page.bytes(limit: 1_000_000) }
  }
}
