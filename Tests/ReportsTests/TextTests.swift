import Testing

@testable import Reports

@Suite struct TextTests {
  @Test("Nothing that acts on a terminal passes") func sanitizing() {
    #expect(SafeText.sanitized("plain name") == "plain name")
    #expect(SafeText.sanitized("\u{1b}[31mred") == "\\x1b[31mred")
    #expect(SafeText.sanitized("a\nb\tc\rd") == "a\\nb\\tc\\rd")
    #expect(SafeText.sanitized("\u{9b}31m\u{7f}\u{0}") == "\\x9b31m\\x7f\\x00")
    #expect(SafeText.sanitized("evil\u{202e}eman") == "evil\\u{202e}eman")
    #expect(SafeText.sanitized("größe 日本") == "größe 日本")
  }

  @Test("Every control and format character is spelled out") func everyControl() {
    for value in UInt32(0)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isHidden =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
      let text = SafeText.sanitized(String(scalar))
      #expect(text.unicodeScalars.contains(scalar) != isHidden, "U+\(String(value, radix: 16))")
    }
  }

  @Test("Wide characters take two columns") func columns() {
    #expect(SafeText.columns("abc") == 3)
    #expect(SafeText.columns("größe") == 5)
    #expect(SafeText.columns("日本") == 4)
    #expect(SafeText.columns("e\u{301}") == 1)
  }

  @Test("A number does not part with its unit", arguments: 20..<80) func figures(width: Int) {
    let line = "redis-server, pid 7231, of 64.0 MiB, 12 µs, 5 %, exited with code 0 after 2.69 s"
    let lines = PageText<String>.lines(of: line, columns: width)
    #expect(lines.allSatisfy { $0.count <= width })
    let figures = ["64.0 MiB", "12 µs", "5 %", "2.69 s"]
    for figure in figures { #expect(lines.contains { $0.contains(figure) }, "\(lines)") }
    #expect(lines.map { String($0.drop { $0 == " " }) }.joined(separator: " ") == line)
  }

  @Test("Names that fit are left alone") func short() {
    let name = "std::map<int, long>::operator[](int&&)"
    #expect(NameShortener(columns: 38).shortened(name) == name)
  }

  @Test("Shortening gives up parameters, then nested arguments, then all of them")
  func shortening() {
    let name =
      "std::map<std::string, std::vector<std::pair<int, long>>>::insert(std::pair<int, long> const&)"
    #expect(
      NameShortener(columns: 80).shortened(name)
        == "std::map<std::string, std::vector<std::pair<int, long>>>::insert(…)")
    #expect(
      NameShortener(columns: 60).shortened(name)
        == "std::map<std::string, std::vector<std::pair<…>>>::insert(…)")
    #expect(
      NameShortener(columns: 50).shortened(name)
        == "std::map<std::string, std::vector<…>>::insert(…)")
    #expect(NameShortener(columns: 30).shortened(name) == "std::map<…>::insert(…)")
    #expect(NameShortener(columns: 16).shortened(name) == "…p<…>::insert(…)")
  }

  @Test(
    "A Swift function gives up its result before its name",
    arguments: [
      (
        "static Swift.UnsafeMutableRawPointer.allocate(byteCount: Swift.Int) -> Swift.UnsafeMutableRawPointer",
        "…eMutableRawPointer.allocate(…)"
      ),
      ("shop.pack(Swift.Int) async throws -> Swift.Optional<A>", "shop.pack(…)"),
      (
        "closure #1 () async -> () in shop.Store.pack(Swift.Int) async -> ()",
        "…nc -> () in shop.Store.pack(…)"
      ),
      ("shop.Store.item.getter : Swift.Optional<shop.Item>", "shop.Store.item.getter"),
    ]) func results(name: String, expected: String)
  {
    #expect(NameShortener(columns: 31).shortened(name) == expected)
  }

  @Test("A function without a name keeps the beginning of its module, and the offset")
  func unnamed() {
    let name = "lib.cpython-311-x86_64-linux-gnu.so+0x2e90"
    #expect(NameShortener(columns: 50).shortened(name) == name)
    #expect(NameShortener(columns: 24).shortened(name) == "lib.cpython-311-…+0x2e90")
    #expect(NameShortener(columns: 12).shortened(name) == "lib.…+0x2e90")
  }

  @Test(
    "Operators and anonymous namespaces are no brackets",
    arguments: [
      ("a::operator<<(std::basic_ostream<char, std::char_traits<char>>&, x)", "a::operator<<(…)"),
      ("Swift.(grow in _5A1B)(Swift.Int, Swift.Int) -> ()", "Swift.grow(…) -> ()"),
      ("a::operator->(long, long, long, long)", "a::operator->(…)"),
      ("a::b::operator()(int, int, int, int) const", "a::b::operator()(…) const"),
      ("(anonymous namespace)::f(int, int, int)", "(anonymous namespace)::f(…)"),
      ("std::function<void (int, int, int, int, int)>::operator()", "std::function<…>::operator()"),
    ]) func operators(name: String, short: String)
  {
    #expect(NameShortener(columns: SafeText.columns(short)).shortened(name) == short)
  }

  @Test(
    "Unbalanced brackets and absurd lengths end within the limit",
    arguments: [
      String(repeating: "<", count: 5000), String(repeating: "(", count: 5000),
      String(repeating: ">)", count: 5000), "f(" + String(repeating: "a", count: 9000),
      String(repeating: "operator", count: 700), "operator",
      "日本" + String(repeating: "語", count: 99),
    ]) func hostileNames(name: String)
  {
    for columns in [0, 12, 40] {
      let limit = max(columns, NameShortener.minimumColumns)
      let short = NameShortener(columns: columns).shortened(name)
      #expect(SafeText.columns(short) <= limit)
      #expect(!short.isEmpty)
    }
  }

  @Test(
    "A Rust method keeps its type as long as there is room",
    arguments: [
      (60, "<shop::store::Index<u8>>::load::<…>"),
      (34, "Index<u8>::load::<…>"), (19, "Index<…>::load::<…>"), (15, "Index<…>::load"),
      (12, "Index::load"),
    ]) func rustMethods(columns: Int, short: String)
  {
    let name = "<shop::store::Index<u8>>::load::<shop::sources::of::documents::Network>"
    #expect(NameShortener(columns: columns).shortened(name) == short)
  }

  @Test(
    "Of a Rust trait's method the type stays, not the trait",
    arguments: [
      ("<shop::a::Rows as core::iter::traits::iterator::Iterator>::next", 12, "Rows::next"),
      (
        "<&[shop::a::Row] as core::iter::traits::iterator::Iterator>::next", 22,
        "&[shop::a::Row]::next"
      ),
      (
        "<fn(u8) -> u8 as core::ops::function::FnOnce<(u8,)>>::call_once", 22,
        "fn(…) -> u8::call_once"
      ),
    ]) func rustTraits(name: String, columns: Int, short: String)
  {
    #expect(NameShortener(columns: columns).shortened(name) == short)
  }

  @Test("Sentences are broken at spaces") func wrapping() {
    #expect(TextWrap.lines(of: "one two three four", columns: 9) == ["one two", "three", "four"])
    #expect(TextWrap.lines(of: "incomprehensible", columns: 4) == ["incomprehensible"])
    #expect(TextWrap.lines(of: "", columns: 9).isEmpty)
  }

  @Test("The program's own first frame is bold, frames of others are faint") func decoration() {
    func frame(_ name: String, _ action: FrameAction) -> PresentedFrame {
      PresentedFrame(
        function: name, modulePath: nil, file: nil, line: nil, isInlined: false, action: action)
    }
    let frames = [
      frame("strdup", .fold), frame("parse", .show), frame("load", .show), frame("eval", .dim),
    ]
    var output = ""
    StackText(style: TextStyle(isDecorated: true)).write(frames, to: &output, indent: 0)
    #expect(
      output == "\u{1b}[2mstrdup\u{1b}[0m\n\u{1b}[1mparse\u{1b}[0m\nload\n\u{1b}[2meval\u{1b}[0m\n")
  }
}
