/// The allocation machinery of the runtimes that most programs are made of.
///
/// What is here allocates on behalf of its caller and for no purpose of its own. `strdup`,
/// `getline` or a container's `push_back` are not here: they say what the memory is for.
enum StandardAllocatorFrames {
  static let patterns =
    [FramePattern(function: "*", module: "libmemtrace.so*")]
    + (cLibrary + cPlusPlus + swift + rust + python + wrappers)
    .map { FramePattern(function: $0) }

  private static let cLibrary =
    [
      "malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign",
      "valloc", "pvalloc",
    ] + [
      "__libc_malloc*", "__libc_calloc", "__libc_realloc", "__libc_reallocarray",
      "__libc_memalign", "__libc_valloc", "__libc_pvalloc", "__posix_memalign", "_mid_memalign*",
      "_int_malloc", "_int_realloc", "_int_memalign", "sysmalloc*", "tcache_init*",
      "__libc_alloc_buffer_allocate", "__libc_dynarray_*", "__rtld_malloc", "__rtld_calloc",
      "__rtld_realloc",
    ]

  private static let cPlusPlus = [
    "operator new(*", "operator new[](*", "_Znwm", "_Znam",
    // libstdc++
    "*__gnu_cxx::new_allocator<*>::allocate(*", "*std::__new_allocator<*>::allocate(*",
    "*std::allocator<*>::allocate(*", "*std::allocator_traits<*>::allocate(*",
    "*std::pmr::polymorphic_allocator<*>::allocate(*", "*__gnu_cxx::__alloc_traits<*>::allocate(*",
    "*std::__allocate_guarded<*", "*std::_Vector_base<*>::_M_allocate(*",
    "*std::_Vector_base<*>::_M_create_storage(*", "*std::_Deque_base<*>::_M_allocate_*",
    "*std::_Rb_tree<*>::_M_get_node(*", "*std::__cxx11::_List_base<*>::_M_get_node(*",
    "*std::__detail::_Hashtable_alloc<*>::_M_allocate_*",
    "std::__cxx11::basic_string<*>::_M_create(*",
    // libc++
    "*std::__1::__libcpp_allocate*", "*std::__1::__libcpp_operator_new<*",
    "*std::__1::__allocate_at_least*", "*std::__1::allocator<*>::allocate*",
    "*std::__1::allocator_traits<*>::allocate*",
  ]

  private static let swift = [
    "swift_slowAlloc*", "swift::swift_slowAlloc*", "swift_allocObject*", "_swift_allocObject_*",
    "swift_allocBox*", "swift_bufferAllocate*",
  ]

  private static let rust = [
    "__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc", "__rdl_alloc", "__rdl_alloc_zeroed",
    "__rdl_realloc", "__rg_alloc*", "__rg_realloc", "alloc::alloc::*", "alloc::raw_vec::*",
    "<alloc::alloc::Global>::*", "<alloc::alloc::Global as *>::*", "<alloc::raw_vec::*",
    "std::sys::*::alloc::*", "hashbrown::raw::alloc::*", "alloc::boxed::Box<*>::new*",
    "<alloc::boxed::Box<*>>::new*", "<alloc::boxed::Box<*>>::try_new*",
  ]

  private static let python = [
    "PyMem_Malloc", "PyMem_Calloc", "PyMem_Realloc", "PyMem_RawMalloc", "PyMem_RawCalloc",
    "PyMem_RawRealloc", "_PyMem_RawMalloc", "_PyMem_RawCalloc", "_PyMem_RawRealloc",
    "_PyMem_Debug*", "PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc",
    "_PyObject_Malloc", "_PyObject_Calloc", "_PyObject_Realloc",
  ]

  private static let wrappers = [
    // GLib
    "g_malloc", "g_malloc0", "g_malloc_n", "g_malloc0_n", "g_realloc", "g_realloc_n",
    "g_try_malloc*", "g_try_realloc*", "g_slice_alloc", "g_slice_alloc0",
    // gnulib, binutils, readline and many programs of the GNU project
    "xmalloc", "xcalloc", "xzalloc", "xrealloc", "xreallocarray", "xnmalloc", "xnrealloc",
    "x2realloc", "x2nrealloc", "xcharalloc", "ximalloc", "xirealloc", "xpalloc",
    // git, OpenSSL, Perl, Lua, SQLite, Redis and its relatives
    "do_xmalloc", "CRYPTO_malloc", "CRYPTO_zalloc", "CRYPTO_realloc", "CRYPTO_clear_realloc",
    "Perl_safesysmalloc", "Perl_safesyscalloc", "Perl_safesysrealloc", "l_alloc",
    "luaM_malloc_", "luaM_realloc_", "luaM_saferealloc_", "sqlite3MemMalloc",
    "sqlite3MemRealloc", "zmalloc", "zcalloc", "zrealloc", "ztrymalloc*", "ztrycalloc*",
    "ztryrealloc*",
  ]
}
