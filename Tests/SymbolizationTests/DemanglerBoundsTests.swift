import Testing

@testable import Symbolization

/// Names that stand for far more text than they have.
@Suite struct DemanglerBoundsTests {
  @Test func longestReadableName() {
    let bomb =
      "_Z1fI1PIS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IS0_IiiES1_ES2_ES3_ES4_ES5_ES6_"
      + "ES7_ES8_ES9_ESA_ESB_ESC_ESD_ESE_ESF_EEvT_"
    let name = Demangler.readable(bomb)
    #expect(name.hasPrefix("void f<P<P<P<"))
    #expect(name.hasSuffix("…"))
    #expect(SourceFrame(function: name).function.utf8.count <= SourceFrame.longestText)
  }

  /// `m.P<…>` of `m.P<…>`s, so many levels deep.
  private func swiftName(levels: Int) -> String {
    var type = "ADyS2iG"
    for level in 0..<levels - 1 {
      let letter = Character(UnicodeScalar(UInt8(ascii: "E") + UInt8(level)))
      type = "ADy\(type)A\(letter)G"
    }
    return "$s1m1fyyAA1PVy" + type.dropFirst(3) + "F"
  }

  @Test func swiftNamesOfManyParts() {
    let short = Demangler.readable(swiftName(levels: 3))
    #expect(short.hasPrefix("m.f(m.P<m.P<m.P<Swift.Int, Swift.Int>, m.P<Swift.Int, Swift.Int>>"))
    // Demangled apart, and cut.
    let long = Demangler.readable(swiftName(levels: 14))
    #expect(long.hasPrefix("m.f(m.P<m.P<m.P<") && long.hasSuffix("…"))
    // Gigabytes: it stays as it is.
    let bomb = swiftName(levels: 21)
    #expect(Demangler.readable(bomb) == bomb)
  }

  /// A function of D whose parameters are maps of maps, each of the two before it.
  private func dName(levels: Int) -> String {
    var name = "_D1f1gFHii"
    var last = 7
    for _ in 0..<levels {
      let start = name.utf8.count
      name += "H"
      for _ in 0..<2 {
        let distance = UInt8(name.utf8.count - last)
        name += "Q" + String(UnicodeScalar(UInt8(ascii: "a") + distance))
      }
      last = start
    }
    return name + "Zv"
  }

  @Test func namesOfD() {
    #expect(Demangler.readable(dName(levels: 1)) == "f.g(int[int], int[int][int[int]])")
    let bomb = dName(levels: 40)
    #expect(Demangler.readable(bomb) == bomb)
  }

  @Test func longTextsOfFrames() {
    let text = String(repeating: "ä", count: 40_000)
    let frame = SourceFrame(function: text, linkageName: text, file: text)
    for cut in [frame.function, frame.linkageName ?? "", frame.file ?? ""] {
      #expect(cut.utf8.count <= SourceFrame.longestText)
      #expect(cut.hasPrefix("äää") && cut.hasSuffix("ä…"))
    }
    #expect(SourceFrame(function: "f").function == "f")
  }
}
