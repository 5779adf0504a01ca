import Foundation
import Testing

@testable import Reports

@Suite struct FrameRulesTests {
  @Test(
    "The machinery of allocation is hidden",
    arguments: [
      "malloc", "__libc_calloc", "operator new(unsigned long)", "operator new[](unsigned long)",
      "operator new(unsigned long, std::align_val_t)",
      "__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)",
      "std::allocator_traits<std::allocator<char> >::allocate(std::allocator<char>&, unsigned long)",
      "std::_Vector_base<int, std::allocator<int> >::_M_allocate(unsigned long)",
      "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::_M_create(unsigned long&, unsigned long)",
      "std::__cxx11::_List_base<int, std::allocator<int> >::_M_get_node()",
      "std::_Rb_tree<int, int, std::_Identity<int>, std::less<int>, std::allocator<int> >::_M_get_node()",
      "void* std::__1::__libcpp_operator_new<unsigned long>(unsigned long)",
      "std::__1::allocator<int>::allocate[abi:ne180100](unsigned long)",
      "swift_allocObject", "_swift_allocObject_", "swift_slowAlloc", "__rust_alloc",
      "_RNvCsdBezzDwma51_7___rustc12___rust_alloc",
      "alloc::alloc::exchange_malloc", "<alloc::alloc::Global as core::alloc::Allocator>::allocate",
      "<alloc::alloc::Global>::alloc_impl_runtime", "<alloc::boxed::Box<i32>>::new_uninit_in",
      "g_malloc0", "xmlMemMalloc", "xmalloc", "PyMem_RawMalloc", "CRYPTO_zalloc",
      "ztrymalloc_usable", "ngx_pcalloc", "palloc0", "AllocSetContextCreateInternal", "_emalloc",
      "_safe_emalloc", "os::malloc(unsigned long, MEMFLAGS)",
      "Arena::Arealloc(void*, unsigned long)",
      "GrowableArrayWithAllocator<long, GrowableArray<long> >::grow(int)",
      "v8::internal::AllocAtLeastWithRetry(unsigned long)",
      "node::NodeArrayBufferAllocator::Allocate(unsigned long)", "QListData::realloc(int)",
      "_start", "__libc_start_main_impl", "__clone3", "start_thread",
    ]) func hidden(function: String)
  {
    #expect(FrameRules.standard.action(function: function, module: "app") == .hide)
  }

  @Test(
    "What says why memory is needed stays",
    arguments: [
      "main", "strdup", "getline", "mallocate", "my_operator new(int)", "freelist", "f",
      "Allocator::refill", "reallocate_table", "parse(std::string const&)", "f(int, std::string)",
      "stdlib::f()", "core::Engine::start(int)", "alloc::Pool::grow()",
      "std_vector<int>::allocate(int)", "generic specialization <Swift.Int> of app.grow() -> ()",
    ]) func shown(function: String)
  {
    #expect(FrameRules.standard.action(function: function, module: "app") == .show)
  }

  @Test(
    "Runtimes and standard libraries are folded or dimmed",
    arguments: [
      ("std::vector<int>::push_back(int const&)", "app", FrameAction.fold),
      ("std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int&&)", "app", .fold),
      ("void std::vector<int>::_M_realloc_insert<int>(int&&)", "app", .fold),
      ("std::__cxx11::basic_string<char> std::operator+<char>(char const*)", "app", .fold),
      ("strdup", "libc.so.6", .fold), ("g_strdup", "libglib-2.0.so.0", .fold),
      ("xmlStrdup", "libxml2.so.2", .dim), ("f", "libstdc++.so.6", .fold), ("f", "[vdso]", .fold),
      ("core::ops::function::FnOnce::call_once", "app", .fold),
      ("<u8 as <[_]>::to_vec_in::ConvertVec>::to_vec::<alloc::alloc::Global>", "app", .fold),
      ("generic specialization <Swift.Int> of Swift.Array.append(__owned A) -> ()", "app", .fold),
      ("_PyEval_EvalFrameDefault", "python3.11", .dim),
      ("PyList_New", "libpython3.11.so.1.0", .dim),
      ("EVP_DigestInit", "libcrypto.so.3", .dim), ("OPENSSL_LH_insert", "node", .dim),
      ("_sdsnewlen", "redis-server", .fold), ("createObject", "redis-server", .fold),
      ("createObject", "app", .show), ("pstrdup", "postgres", .fold),
      ("QVector<double>::append(double&&)", "app", .fold),
      ("QString::arg(int, int) const", "libQt5Core.so.5", .fold),
      ("node::Start(int, char**)", "node", .dim), ("f", "libmine.so", .show),
    ]) func libraries(function: String, module: String, action: FrameAction)
  {
    #expect(FrameRules.standard.action(function: function, module: module) == action)
  }

  @Test(
    "Where there is Python code the interpreter and Cython's own helpers are left out",
    arguments: [
      ("_PyEval_EvalFrameDefault", "python3.11", .hide),
      ("PyList_New", "libpython3.11.so.1.0", .hide),
      ("__Pyx_PyObject_GetAttrStr", "store.cpython-311-x86_64-linux-gnu.so", .hide),
      ("store.Shelf.add", "store.cpython-311-x86_64-linux-gnu.so", FrameAction.dim),
    ]) func interpreted(function: String, module: String, action: FrameAction)
  {
    let rules = FrameRules.standard
    #expect(rules.action(function: function, module: module, isInterpreted: true) == action)
    #expect(rules.action(function: function, module: module) != action)
  }

  private struct RuledFrame {
    let isInterpreted: Bool
    let action: FrameAction
    let function: String
    let module: String
  }

  private static func ruledFrames() throws -> [RuledFrame] {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/ruled-frames.tsv")
    return try String(decoding: Data(contentsOf: url), as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { line in
        let fields = line.split(separator: "\t").map(String.init)
        try #require(fields.count == 3, "\(line)")
        let words = fields[0].split(separator: " ").map(String.init)
        return RuledFrame(
          isInterpreted: words.first == "python",
          action: try #require(FrameAction(rawValue: words.last ?? ""), "\(line)"),
          function: fields[1], module: fields[2])
      }
  }

  @Test("Every rule decides what becomes of a frame of a real program") func witnesses() throws {
    let rules = FrameRules.standard.rules
    var classifiers = rules.map { FrameClassifier(FrameRules([$0]), isInterpreted: true) }
    var decided: Set<Int> = []
    for frame in try Self.ruledFrames() {
      let matching = rules.indices.filter {
        (frame.isInterpreted || !rules[$0].isForInterpretedCode)
          && classifiers[$0].matchesAny(function: frame.function, module: frame.module)
      }
      let seen = matching.last.map { rules[$0].action } ?? .show
      #expect(seen == frame.action, "\(frame.function) in \(frame.module)")
      // Without its last rule the frame must have another fate, or the rule is not seen to work.
      let otherwise = matching.dropLast().last.map { rules[$0].action } ?? .show
      if let last = matching.last, otherwise != seen { decided.insert(last) }
    }
    let idle = rules.indices.filter { !decided.contains($0) }.map {
      "\(rules[$0].action) \(rules[$0].function.text)"
    }
    #expect(idle == [], "rules that no frame of ruled-frames.tsv needs")
  }

  /// What is left of a stack, given from its outermost function on.
  private func folded(_ stack: [(name: String, module: String, action: FrameAction)]) -> [String] {
    let functions = stack.map { frame in
      PresentedStacks.RatedFunction(
        function: PresentedStacks.Function(name: frame.name, modulePath: "/bin/\(frame.module)"),
        distinction: nil, action: frame.action, isMark: false,
        isUnnamed: frame.name.hasPrefix("\(frame.module)+0x"))
    }
    var trie = FrameTrie(.site, capacity: stack.count)
    var node: UInt32 = 0
    for number in stack.indices {
      let frame = FrameTrie.Frame(
        function: UInt32(number), site: UInt32(number), file: PresentedStacks.Node.unknown, line: 0,
        isInlined: false)
      node = trie.child(of: node, frame)
    }
    let folding = FrameFolding(trie.nodes, functions: functions)
    var shown: [String] = []
    var left = folding.shownNodes[Int(node)]
    while left != 0 {
      shown.append(functions[Int(folding.trie.nodes[Int(left)].function)].function.name)
      left = folding.trie.nodes[Int(left)].parent
    }
    return shown
  }

  @Test("What a hidden function calls in its own module has no name and is hidden, too")
  func partsOfHiddenFunctions() {
    let outer: [(name: String, module: String, action: FrameAction)] = [
      ("main", "app", .show), ("app+0x10", "app", .show),
    ]
    let machinery: [(name: String, module: String, action: FrameAction)] = [
      ("palloc", "app", .hide), ("app+0x20", "app", .show), ("app+0x30", "app", .show),
    ]
    let malloc: [(name: String, module: String, action: FrameAction)] = [("malloc", "c", .hide)]
    #expect(folded(outer + machinery + malloc) == ["app+0x10", "main"])
    // Another module's code, and what has a name, do something of their own.
    #expect(
      folded(outer + [("palloc", "app", .hide), ("lib+0x1", "lib", .show)]).first == "lib+0x1")
    #expect(folded(outer + machinery + [("load", "app", .show)]).first == "load")
    #expect(folded(outer + malloc) == ["app+0x10", "main"])
    // How a thread begins is hidden; what it runs is not, though it is in a stripped program.
    #expect(
      folded([("start_thread", "c", .hide), ("app+0x40", "app", .show), ("malloc", "c", .hide)])
        == ["app+0x40"])
  }

  @Test("The last rule that matches counts") func precedence() {
    var rules = FrameRules([
      FrameRule(.fold, function: "a*"), FrameRule(.hide, function: "ab*"),
      FrameRule(.show, function: "abc", module: "app"),
    ])
    #expect(rules.action(function: "ax", module: "app") == .fold)
    #expect(rules.action(function: "abx", module: "app") == .hide)
    #expect(rules.action(function: "abc", module: "app") == .show)
    #expect(rules.action(function: "abc", module: "lib.so") == .hide)
    #expect(rules.action(function: "b", module: nil) == .show)
    rules.append([FrameRule(.dim, function: "*")])
    #expect(rules.action(function: "abc", module: "app") == .dim)
  }

  @Test("C++ names match as they are, simplified, and without return type") func spellings() {
    let name =
      "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > "
      + "app::join<int>(std::vector<int, std::allocator<int> > const&)"
    for pattern in [name, "std::string app::join<int>(std::vector<int> const&)", "app::join<*"] {
      let rules = FrameRules([FrameRule(.hide, function: pattern)])
      #expect(rules.action(function: name, module: nil) == .hide, "\(pattern)")
    }
  }
}
