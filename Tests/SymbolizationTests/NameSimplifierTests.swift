import Testing

@testable import Symbolization

/// Names as the demangler prints them, and as people write them.
@Suite struct NameSimplifierTests {
  @Test(
    "Defaults of the standard library go, everything else stays",
    arguments: [
      (
        "std::vector<std::__cxx11::basic_string<char, std::char_traits<char>, "
          + "std::allocator<char> >, std::allocator<std::__cxx11::basic_string<char, "
          + "std::char_traits<char>, std::allocator<char> > > >::push_back(int&&)",
        "std::vector<std::string>::push_back(int&&)"
      ),
      (
        "std::map<int, app::Node*, std::less<int>, std::allocator<std::pair<int const, "
          + "app::Node*> > >::operator[](int const&)",
        "std::map<int, app::Node*>::operator[](int const&)"
      ),
      (
        "std::map<int, long, std::greater<int>, std::allocator<std::pair<int const, long> > >",
        "std::map<int, long, std::greater<int>>"
      ),
      ("std::vector<int, app::Arena<int> >::grow()", "std::vector<int, app::Arena<int>>::grow()"),
      (
        "app::Box<int, std::allocator<int> >::get() const",
        "app::Box<int, std::allocator<int>>::get() const"
      ),
      (
        "std::unique_ptr<app::Base, std::default_delete<app::Base> > "
          + "std::make_unique<app::Base>()",
        "std::unique_ptr<app::Base> std::make_unique<app::Base>()"
      ),
      (
        "std::unordered_map<std::string, int, std::hash<std::string>, "
          + "std::equal_to<std::string>, std::allocator<std::pair<std::string const, int> > >",
        "std::unordered_map<std::string, int>"
      ),
      ("std::__1::vector<int, std::__1::allocator<int>>::data()", "std::vector<int>::data()"),
      (
        "bool std::operator< <char>(std::vector<int, std::allocator<int> > const&)",
        "bool std::operator< <char>(std::vector<int> const&)"
      ),
      (
        "std::basic_string_view<char, std::char_traits<char> >::size() const",
        "std::string_view::size() const"
      ),
      (
        "std::basic_string<wchar_t, std::char_traits<wchar_t>, std::allocator<wchar_t> >::c_str()",
        "std::basic_string<wchar_t>::c_str()"
      ),
      (
        "std::function<int (std::vector<int, std::allocator<int> >, char)>::operator()",
        "std::function<int (std::vector<int>, char)>::operator()"
      ),
      (
        "app::leaf(int)::{lambda(int)#1}::operator()(int) const",
        "app::leaf(int)::{lambda(int)#1}::operator()(int) const"
      ),
      (
        "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
        "core::ptr::drop_in_place<alloc::vec::Vec<u8>>"
      ),
      ("Swift.Array.append(__owned A) -> ()", "Swift.Array.append(__owned A) -> ()"),
      (
        "(1) await resume partial function for main.load(Swift.Int) async -> ()",
        "main.load(Swift.Int) async -> ()"
      ),
      (
        "(12) suspend resume partial function for closure #1 () async -> () in main.run() -> ()",
        "closure #1 () async -> () in main.run() -> ()"
      ),
      ("(1) await resume partial function for ", "(1) await resume partial function for "),
      ("(x) await resume partial function for f", "(x) await resume partial function for f"),
      ("(anonymous namespace)::load(int)", "(anonymous namespace)::load(int)"), ("(", "("),
      ("answer[abi:cxx11](int, int)", "answer(int, int)"), ("answer[abi:cxx11", "answer[abi:cxx11"),
      ("std::", "std::"), ("std::x<", "std::x<>"), ("std::x<<<>>", "std::x<<<>>"),
    ])
  func simplify(name: String, expected: String) {
    #expect(NameSimplifier.simplify(name) == expected)
  }

  @Test("Simplifying a simple name changes nothing")
  func idempotent() {
    let name = "std::map<std::string, std::vector<int>>::find(std::string const&)"
    #expect(NameSimplifier.simplify(name) == name)
  }

  @Test("Nesting without end is survived")
  func deep() {
    let deep = String(repeating: "std::vector<", count: 20_000)
    #expect(!NameSimplifier.simplify(deep).isEmpty)
  }
}
