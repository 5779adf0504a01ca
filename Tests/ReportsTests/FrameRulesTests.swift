import Testing

@testable import Reports

@Suite struct FrameRulesTests {
  @Test(
    "Stars match any text, everything else itself",
    arguments: [
      ("malloc", "malloc", true), ("malloc", "xmalloc", false), ("malloc", "mallocx", false),
      ("*malloc", "xmalloc", true), ("a*b*c", "a1b2b3c", true), ("a*b*c", "a1b2b3", false),
      ("*", "", true), ("", "", true), ("", "a", false), ("**a**", "bab", true),
      ("operator new(*", "operator new(unsigned long)", true), ("a*a", "a", false),
    ]) func glob(pattern: String, text: String, matches: Bool)
  {
    #expect(FramePattern.glob(pattern, matches: text) == matches)
  }

  @Test("A pattern may be for one module") func module() {
    let pattern = FramePattern(function: "*", module: "libmemtrace.so*")
    #expect(pattern.matches(function: "f", module: "libmemtrace.so"))
    #expect(pattern.matches(function: "f", module: "libmemtrace.so.1"))
    #expect(!pattern.matches(function: "f", module: "libother.so"))
    #expect(!pattern.matches(function: "f", module: nil))
  }

  @Test(
    "The machinery of allocation is known",
    arguments: [
      "malloc", "__libc_calloc", "operator new(unsigned long)", "operator new[](unsigned long)",
      "operator new(unsigned long, std::align_val_t)",
      "__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)",
      "std::allocator_traits<std::allocator<char> >::allocate(std::allocator<char>&, unsigned long)",
      "std::_Vector_base<int, std::allocator<int> >::_M_allocate(unsigned long)",
      "swift_allocObject", "_swift_allocObject_", "swift_slowAlloc", "__rust_alloc",
      "alloc::alloc::exchange_malloc", "<alloc::alloc::Global as core::alloc::Allocator>::allocate",
      "<alloc::alloc::Global>::alloc_impl_runtime", "<alloc::boxed::Box<i32>>::new_uninit_in",
      "g_malloc0", "xmalloc", "PyMem_RawMalloc", "CRYPTO_zalloc", "ztrymalloc_usable",
    ]) func allocators(function: String)
  {
    #expect(FrameRules.standard.isAllocatorFrame(function: function, module: "app"))
  }

  @Test(
    "What says why memory is needed stays",
    arguments: [
      "main", "strdup", "getline", "mallocate", "my_operator new(int)", "freelist",
      "std::vector<int, std::allocator<int> >::push_back(int const&)",
      "std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int&&)", "Allocator::refill",
      "PyList_New", "reallocate_table",
    ]) func others(function: String)
  {
    #expect(!FrameRules.standard.isAllocatorFrame(function: function, module: "app"))
  }

  @Test(
    "Libraries are told from the program",
    arguments: [
      ("std::vector<int>::push_back(int const&)", "app", true),
      ("void std::vector<int>::_M_realloc_insert<int>(int&&)", "app", true),
      ("strdup", "libc.so.6", true), ("f", "libstdc++.so.6", true),
      ("core::ops::function::FnOnce::call_once", "app", true), ("main", "app", false),
      ("parse(std::string const&)", "app", false), ("f(int, std::string)", "app", false),
      ("strdup", "app", false), ("stdlib::f()", "app", false), ("f", "libmine.so", false),
    ]) func libraries(function: String, module: String, isLibrary: Bool)
  {
    #expect(FrameRules.standard.isLibraryFrame(function: function, module: module) == isLibrary)
  }
}
