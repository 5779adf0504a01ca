import Testing

@testable import Symbolization

@Suite("Remedies of several modules")
struct RemedyWordingTests {
  private func remedy(_ package: String, _ line: String) -> String {
    "Install \(package) from the archive: \(RemedyWording.setUp(line))`apt-get install \(package)`."
  }

  @Test("How an archive is set up is said once for each archive")
  func archives() {
    var wording = RemedyWording()
    let first = remedy("libshop1-dbgsym", "deb http://one main")
    let other = remedy("libtill1-dbgsym", "deb http://two main")
    #expect(wording.next(first) == first)
    #expect(wording.next(other) == other)
    #expect(
      wording.next(remedy("libcart1-dbgsym", "deb http://one main"))
        == "Install libcart1-dbgsym from the archive: `apt-get install libcart1-dbgsym`.")
  }

  @Test("What names no archive is left as it is, however often it comes")
  func others() {
    var wording = RemedyWording()
    for _ in 0..<2 {
      #expect(wording.next("Build shop with -g.") == "Build shop with -g.")
      #expect(wording.next("add the line `deb x") == "add the line `deb x")
    }
  }
}
