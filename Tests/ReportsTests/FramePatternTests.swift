import Testing

@testable import Reports

@Suite struct FramePatternTests {
  @Test(
    "Stars match any text, everything else itself",
    arguments: [
      ("malloc", "malloc", true), ("malloc", "xmalloc", false), ("malloc", "mallocx", false),
      ("*malloc", "xmalloc", true), ("a*b*c", "a1b2b3c", true), ("a*b*c", "a1b2b3", false),
      ("*", "", true), ("", "", true), ("", "a", false), ("**a**", "bab", true),
      ("operator new(*", "operator new(unsigned long)", true), ("a*a", "a", false),
      ("a*", "a", true), ("a*", "", false), ("ab*c", "a", false), ("a?[b]", "a?[b]", true),
    ]) func pattern(pattern: String, text: String, matches: Bool)
  {
    #expect(FramePattern(pattern).matches(text) == matches)
  }

  /// What the pattern means, without any cleverness.
  private func slow(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return slow(pattern.dropFirst(), text) || !text.isEmpty && slow(pattern, text.dropFirst())
    }
    return text.first == first && slow(pattern.dropFirst(), text.dropFirst())
  }

  @Test("Patterns of two letters and stars match what they say") func random() {
    var generator = SystemRandomNumberGenerator()
    func text(_ letters: String, _ count: Int) -> String {
      String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "a" })
    }
    for _ in 0..<4_000 {
      let pattern = text("ab*", Int.random(in: 0...6, using: &generator))
      let name = text("ab", Int.random(in: 0...9, using: &generator))
      #expect(
        FramePattern(pattern).matches(name) == slow(pattern[...], name[...]),
        "\(pattern) and \(name)")
    }
  }

  @Test("A rule may be for one module") func module() {
    let rule = FrameRule(.hide, function: "*", module: "libmemtrace.so*")
    #expect(rule.applies(toModule: "libmemtrace.so"))
    #expect(rule.applies(toModule: "libmemtrace.so.1"))
    #expect(!rule.applies(toModule: "libother.so"))
    #expect(!rule.applies(toModule: nil))
  }
}
