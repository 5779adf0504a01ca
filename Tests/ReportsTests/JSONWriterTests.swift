import Foundation
import Testing

@testable import Reports

@Suite struct JSONWriterTests {
  @Test("A document is read back by another reader as it was written") func roundTrip() throws {
    var json = JSONWriter("")
    json.object { json in
      json.member("text", "quote \" backslash \\ newline \n bell \u{7} 日本 \u{1f600} \u{202e}")
      json.member("nothing", nil as String?)
      json.member("number", Int.min)
      json.member("none", optional: nil as Int?)
      json.member("some", optional: 7)
      json.member("yes", true)
      json.array("empty") { _ in }
      json.object("emptyObject") { _ in }
      json.array("compact", compact: true) { json in
        json.element("a")
        json.element(2)
        json.object { $0.member("inner", 3) }
      }
      json.array("lines") { json in
        json.object { $0.member("a", 1) }
        json.object(compact: true) { json in
          json.member("b", 2)
          json.member("c", "d")
        }
      }
    }
    json.finish()
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? NSDictionary)
    let expected: NSDictionary = [
      "text": "quote \" backslash \\ newline \n bell \u{7} 日本 \u{1f600} \u{202e}",
      "nothing": NSNull(), "number": Int.min, "none": NSNull(), "some": 7, "yes": true,
      "empty": [Any](), "emptyObject": [String: Any](), "compact": ["a", 2, ["inner": 3]],
      "lines": [["a": 1], ["b": 2, "c": "d"]],
    ]
    #expect(object == expected)
  }

  @Test("Documents are laid out for people") func layout() {
    var json = JSONWriter("")
    json.object { json in
      json.member("a", 1)
      json.array("b") { json in
        json.object(compact: true) { json in
          json.member("c", 2)
          json.member("d", 3)
        }
        json.element("x")
      }
    }
    json.finish()
    #expect(
      json.output == """
        {
          "a": 1,
          "b": [
            {"c": 2, "d": 3},
            "x"
          ]
        }

        """)
  }

  @Test("No control character stands in a document") func controls() {
    for value in [0x00, 0x1b, 0x7f, 0x9b, 0x2028, 0x202e, 0xe0001] as [UInt32] {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let quoted = JSONText.quoted(String(scalar))
      #expect(quoted.hasPrefix("\"\\u") && quoted.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
    }
  }
}
