import Testing

@testable import Reports

@Suite struct FrameRulesParserTests {
  @Test("Each line is a rule, comments and empty lines are none") func lines() throws {
    let rules = try FrameRulesParser.parse(
      "# all\n\n  hide\toperator new(* \nfold * module libc.so*\r\n"
        + "dim a module b module c\n \t\nshow module.load(*\npython  hide f module g*\n"
        + "dim python x", file: "f")
    #expect(
      rules == [
        FrameRule(.hide, function: "operator new(*"),
        FrameRule(.fold, function: "*", module: "libc.so*"),
        FrameRule(.dim, function: "a module b", module: "c"),
        FrameRule(.show, function: "module.load(*"),
        FrameRule(.hide, function: "f", module: "g*", isForInterpretedCode: true),
        FrameRule(.dim, function: "python x"),
      ])
  }

  @Test(
    "A mistake is named with its file and line",
    arguments: [
      ("hide a\nhid b", 2, "'hid' is no action; a rule begins with one of show, dim, fold, hide"),
      ("hide", 1, "'hide' without a pattern"), ("\n\nfold  ", 3, "'fold' without a pattern"),
      ("hide a module", 1, "'module' without a pattern"),
      ("python", 1, "'python' without a rule"), ("python hide", 1, "'hide' without a pattern"),
      ("python python hide a", 1, "'python' is no action"),
      ("hide module", 1, "'module' without a pattern"), ("HIDE a", 1, "'HIDE' is no action"),
    ]) func mistakes(text: String, line: Int, cause: String) throws
  {
    let error = #expect(throws: FrameRulesError.self) {
      try FrameRulesParser.parse(text, file: "my.rules")
    }
    #expect(error?.description.hasPrefix("my.rules:\(line): \(cause)") == true)
  }

  @Test("The built-in rules are a rules file, and each of them is there once") func standard()
    throws
  {
    let rules = try FrameRulesParser.parse(StandardFrameRules.text, file: "standard")
    #expect(rules == FrameRules.standard.rules)
    #expect(Set(rules).count == rules.count)
    #expect(rules.count > 200)
  }
}
