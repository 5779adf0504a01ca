import Testing

@testable import Symbolization

/// Names of every mangling scheme, with the form their makers' own tools print.
@Suite struct DemanglerTests {
  @Test(
    "Mangled names become readable",
    arguments: [
      ("_ZN3foo3barEi", "foo::bar(int)"),
      (
        "_ZNSt6vectorIiSaIiEE9push_backERKi",
        "std::vector<int, std::allocator<int> >::push_back(int const&)"
      ),
      ("_Z3foov.cold", "foo() [clone .cold]"),
      ("_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"),
      ("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"),
      ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
      ("_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>"),
      ("$s4main3fooyyF", "main.foo() -> ()"),
      ("$s4main3fooyyYaFTQ0_", "(1) await resume partial function for main.foo() async -> ()"),
      ("_$s4main3fooyyF", "main.foo() -> ()"),
      ("$S4main3fooyyF", "main.foo() -> ()"),
      ("_T04main3fooyyF", "main.foo() -> ()"),
      ("_D4core6memory2GC7collectFZv", "core.memory.GC.collect()"),
      ("_ZN3app4loadEi.resume", "app::load(int)"),
      ("_ZN3app4loadEi.destroy", "app::load(int)"),
      ("_ZN3app4loadEPZNS_4loadEiE20_ZN3app4loadEi.Frame.actor", "app::load(int)"),
      ("__grid_MOD_fill", "grid::fill"),
      ("__my_grid_MOD_fill_all", "my_grid::fill_all"),
      ("__pyx_pw_5store_3load_all", "store.load_all"),
      ("__pyx_pf_5store_5Shelf_2add", "store.Shelf.add"),
      ("__pyx_f_5store_5Shelf_keep_all", "store.Shelf.keep_all"),
      ("__pyx_pw_5store_5Shelf_1__init__", "store.Shelf.__init__"),
      ("__pyx_pf_5store_5Shelf_2add.isra.0", "store.Shelf.add.isra.0"),
      ("__pyx_fuse_1_10__pyx_pw_5store_7sum_all", "store.sum_all"),
      ("__pyx_fuse_0__pyx_f_5store_sum_all", "store.sum_all"),
      ("__pyx_specialmethod___pyx_pw_5store_5Shelf_5__next__", "store.Shelf.__next__"),
      ("__pyx_gb_5store_5items_2generator", "store.items.generator"),
      ("__pyx_tp_new_5store_Shelf", "store.Shelf.__new__"),
      ("__pyx_tp_new__initialisation_5store_Shelf", "store.Shelf.__new__"),
      ("__pyx_pf_5store_load_all", "store.load_all"),
      ("__pyx_pf_5store_5Shelf___cinit__", "store.Shelf.__cinit__"),
      ("_Z32__pyx_pw_5store_5Shelf_3load_allP7_objectS0_", "store.Shelf.load_all"),
      ("_Z26__pyx_f_5store_5Shelf_growP5Shelfl.constprop.0", "store.Shelf.grow"),
      ("__pyx_tp_new_vectorcall_5store_Shelf", "store.Shelf.__new__"),
      ("__pyx_getprop_5store_5Shelf_width", "store.Shelf.width"),
    ])
  func mangled(name: String, expected: String) {
    #expect(Demangler.readable(name) == expected)
  }

  @Test(
    "Names that are not mangled, or only look so, stay as they are",
    arguments: [
      "main", "malloc", "_", "_Z", "_Znotmangled", "_ZN", "_R", "_Ready", "_Rxyz", "_T", "_Ta",
      "_Tables_init", "_D", "_Data", "$s", "$sum", "$", "_start", "foo.cold", "i", "St6vectorIiE",
      "_DYNAMIC", "_Dmainloop", "__cxa_atexit", "", "__MOD_x", "__x_MOD_", "__X_MOD_y", "__pyx_pw_",
      "__pyx_pw_9store_1f",
      "__pyx_f_5store_", "__pyx_tp_dealloc_5store_Shelf", "__pyx_fuse_0pyx_f_5store_add",
      "__pyx_tp_new_memoryview", "_TtC", "_Total", "_Zip_open",
    ])
  func plain(name: String) {
    #expect(Demangler.readable(name) == name)
  }

  @Test("A name nested beyond reason is refused or read, and never overflows the stack")
  func deepName() {
    let deep = "_Z1f" + String(repeating: "P", count: 60_000) + "i"
    #expect(!Demangler.readable(deep).isEmpty)
    let templates = "_Z1fI" + String(repeating: "1AI", count: 15_000) + "i"
    #expect(!Demangler.readable(templates).isEmpty)
    let rust = "_RNvC" + String(repeating: "INvC", count: 15_000)
    #expect(Demangler.readable(rust) == rust)
    let swift = "$s" + String(repeating: "Say", count: 20_000) + "SiGF"
    #expect(!Demangler.readable(swift).isEmpty)
  }
}
