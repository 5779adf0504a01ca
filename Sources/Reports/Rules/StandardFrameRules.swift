/// The built-in rules: the very text that `memtrace-analyze rules` prints. Longer than other files
/// because it is one list, and in Swift so that the installed program needs no file beside it.
public enum StandardFrameRules {
  /// The rules, parsed. A mistake in the text is the programmer's.
  static let rules = parse(text)

  /// What comes before them where a trace has frames of Python code, and what comes after them.
  static let firstOfInterpretedCode = parse("dim * module *.so*")
  static let lastOfInterpretedCode = parse(
    """
    hide * module libpython*.so*
    hide * module python3
    hide * module python3.*
    hide py::*
    """)

  private static func parse(_ text: String) -> [FrameRule] {
    do {
      return try FrameRulesParser.parse(text, file: "built-in rules")
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// The rules as a rules file.
  public static let text = #"""
    # Frames that are not the program's own. Of several rules for a frame the last one counts, so
    # the most general stand first.
    #
    #   show PATTERN [module PATTERN]   the program's own code
    #   dim PATTERN [module PATTERN]    shown, but somebody else's code
    #   fold PATTERN [module PATTERN]   a run of such frames is shown as its outermost one
    #   hide PATTERN [module PATTERN]   left out
    #
    # Patterns are for a function's whole name and for the file name of its module, or for the
    # module's path where the pattern has a slash; * matches any text. C++ names are compared as they are and simplified, with and without return type.

    # Python's own modules and those that were installed
    dim * module */lib/python3*/*
    fold * module <frozen *

    # Interpreters and virtual machines
    dim * module libpython*.so*
    dim * module python3
    dim * module python3.*
    dim * module */lib-dynload/*.so
    dim * module libperl.so*
    dim * module php8*
    dim * module libphp*.so
    dim * module libjvm.so
    dim * module libnode.so*
    dim v8::*
    dim node::*

    # Libraries that build what a program asks for
    dim * module libcrypto.so*
    dim * module libssl.so*
    dim OPENSSL_*
    dim CRYPTO_*
    dim BUF_MEM_*
    dim ossl_*
    dim * module libxml2.so*
    dim * module libQt5*.so*
    dim * module libQt6*.so*

    # Redis: strings and objects, which say what the memory is for
    fold sds* module redis-*
    fold _sds* module redis-*
    fold createObject module redis-*
    fold create*StringObject* module redis-*

    # PostgreSQL: strings
    fold pstrdup module postgres
    fold pnstrdup module postgres
    fold psprintf module postgres
    fold MemoryContextStrdup module postgres
    fold *StringInfo* module postgres

    # Qt's containers, whose code is in the program
    fold QString::*
    fold QByteArray::*
    fold QArrayData::*
    fold QTypedArrayData<*>::*
    fold QVector<*>::*
    fold QList<*>::*
    fold QListData::*
    fold QHash<*>::*
    fold QHashData::*
    fold QMap<*>::*
    fold QMapData<*>::*
    fold QMapDataBase::*
    fold QMapNode<*>::*
    fold QSet<*>::*
    fold QStringList::*
    fold QtPrivate::*

    # LLVM's containers, whose code is in the program
    fold llvm::SmallVector*
    fold llvm::SmallPtrSet*
    fold llvm::SmallDenseMap*
    fold llvm::DenseMap*
    fold llvm::StringMap*
    fold llvm::FoldingSet*
    fold llvm::BumpPtrAllocatorImpl<*>::*

    # The C library and the loader
    fold * module libc.so*
    fold * module libc-2*.so
    fold * module libm.so*
    fold * module libpthread*.so*
    fold * module ld-linux*.so*
    fold * module [vdso]

    # GLib
    fold * module libglib-2.0.so*
    fold * module libgobject-2.0.so*
    fold * module libgio-2.0.so*

    # C++
    fold * module libstdc++.so*
    fold * module libgcc_s.so*
    fold * module libc++.so*
    fold * module libc++abi.so*
    fold * module libunwind*.so*
    fold std::*
    fold __gnu_cxx::*
    fold __cxxabiv1::*

    # Swift, Foundation, Dispatch
    fold * module libswift*.so
    fold * module libFoundation*.so
    fold * module lib_FoundationICU.so
    fold * module libdispatch.so
    fold * module libBlocksRuntime.so
    fold Swift.*
    fold static Swift.*
    fold merged Swift.*
    fold (extension in Swift):*
    fold static (extension in Swift):*
    fold generic specialization <*> of Swift.*
    fold generic specialization <*> of static Swift.*
    fold generic specialization <*> of (extension in Swift):*
    fold merged generic specialization <*> of Swift.*
    fold function signature specialization <*> of Swift.*
    fold lazy protocol witness table *
    fold type metadata accessor for *
    fold generic type metadata accessor for *
    fold swift_*
    fold _swift_*
    fold __swift_*

    # Rust
    fold core::array::*
    fold core::cell::*
    fold core::char::*
    fold core::clone::*
    fold core::cmp::*
    fold core::convert::*
    fold core::default::*
    fold core::fmt::*
    fold core::future::*
    fold core::hash::*
    fold core::iter::*
    fold core::mem::*
    fold core::num::*
    fold core::ops::*
    fold core::option::*
    fold core::panic::*
    fold core::panicking::*
    fold core::ptr::*
    fold core::result::*
    fold core::slice::*
    fold core::str::*
    fold core::sync::*
    fold alloc::borrow::*
    fold alloc::boxed::*
    fold alloc::collections::*
    fold alloc::fmt::*
    fold alloc::rc::*
    fold alloc::slice::*
    fold alloc::str::*
    fold alloc::string::*
    fold alloc::sync::*
    fold alloc::vec::*
    fold hashbrown::*
    fold <core::*
    fold <alloc::*
    fold <std::*
    fold <hashbrown::*
    fold <[*
    fold <* as <[*
    fold <* as core::*
    fold <* as alloc::*
    fold <* as std::*
    fold __rust_*
    fold __rustc::*
    fold _RNv*___rust_*

    # How a process and its threads begin
    hide _start
    hide __libc_start_main
    hide __libc_start_main_impl
    hide __libc_start_call_main
    hide start_thread
    hide clone
    hide clone3
    hide __clone
    hide __clone3
    hide __clone_internal*

    # The allocation machinery: it allocates for its caller and for no purpose of its own. strdup,
    # getline and a container's push_back are none of it, they say what the memory is for.
    hide * module libmemtrace.so*

    # malloc and what the C library's own is made of
    hide malloc
    hide calloc
    hide realloc
    hide reallocarray
    hide posix_memalign
    hide aligned_alloc
    hide memalign
    hide valloc
    hide pvalloc
    hide __libc_malloc*
    hide __libc_calloc*
    hide __libc_realloc
    hide __libc_reallocarray
    hide __libc_memalign
    hide __libc_valloc
    hide __libc_pvalloc
    hide __posix_memalign
    hide _mid_memalign*
    hide _int_malloc
    hide _int_realloc
    hide _int_memalign
    hide sysmalloc*
    hide tcache_init*
    hide __libc_alloc_buffer_allocate
    hide __libc_dynarray_*
    hide __rtld_malloc
    hide __rtld_calloc
    hide __rtld_realloc

    # C++: operator new; libstdc++; libc++
    hide operator new(*
    hide operator new[](*
    hide operator new<*
    hide *::operator new(*
    hide *::operator new[](*
    hide _Znwm
    hide _Znam
    hide __gnu_cxx::new_allocator<*>::allocate(*
    hide __gnu_cxx::__alloc_traits<*>::allocate(*
    hide std::__new_allocator<*>::allocate(*
    hide std::allocator<*>::allocate(*
    hide std::allocator_traits<*>::allocate(*
    hide std::pmr::polymorphic_allocator<*>::allocate(*
    hide std::__allocate_guarded<*
    hide std::_Vector_base<*>::_M_allocate(*
    hide std::_Vector_base<*>::_M_create_storage(*
    hide std::_Deque_base<*>::_M_allocate_*
    hide std::_Rb_tree<*>::_M_get_node(*
    hide std::_List_base<*>::_M_get_node(*
    hide std::__detail::_Hashtable_alloc<*>::_M_allocate_*
    hide std::basic_string<*>::_M_create(*
    hide std::string::_M_create(*
    hide std::__libcpp_allocate*
    hide std::__libcpp_operator_new<*
    hide std::__allocate_at_least*
    hide std::allocator<*>::allocate_at_least*
    hide std::allocator_traits<*>::allocate_at_least*

    # LLVM
    hide llvm::allocate_buffer(*
    hide llvm::safe_malloc(*
    hide llvm::safe_calloc(*
    hide llvm::safe_realloc(*
    hide llvm::MallocAllocator::*
    hide llvm::BumpPtrAllocatorImpl<*>::StartNewSlab(*
    hide llvm::BumpPtrAllocatorImpl<*>::Allocate*
    hide llvm::SmallVectorBase<*>::mallocForGrow(*
    hide llvm::SmallVectorBase<*>::grow_pod(*
    hide llvm::SmallVectorTemplateBase<*>::grow*

    # Swift
    hide swift_slowAlloc*
    hide swift::swift_slowAlloc*
    hide swift_allocObject*
    hide _swift_allocObject_*
    hide swift_allocBox*
    hide swift_bufferAllocate*

    # Rust
    hide __rust_alloc
    hide __rust_alloc_zeroed
    hide __rust_realloc
    hide _RNv*___rust_alloc*
    hide _RNv*___rust_realloc
    hide __rustc::__rust_*alloc*
    hide __rustc::__rdl_*alloc*
    hide __rustc::__rg_*alloc*
    hide <std::alloc::System as *>::*alloc*
    hide __rdl_alloc
    hide __rdl_alloc_zeroed
    hide __rdl_realloc
    hide __rg_alloc*
    hide __rg_realloc
    hide alloc::alloc::*
    hide alloc::raw_vec::*
    hide <alloc::alloc::Global>::*
    hide <alloc::alloc::Global as *>::*
    hide <alloc::raw_vec::*
    hide std::sys::*::alloc::*
    hide hashbrown::raw::alloc::*
    hide alloc::boxed::Box<*>::new*
    hide alloc::boxed::box_new*
    hide <alloc::boxed::Box<*>>::new*
    hide <alloc::boxed::Box<*>>::try_new*

    # CPython
    hide PyMem_Malloc
    hide PyMem_Calloc
    hide PyMem_Realloc
    hide PyMem_RawMalloc
    hide PyMem_RawCalloc
    hide PyMem_RawRealloc
    hide _PyMem_RawMalloc
    hide _PyMem_RawCalloc
    hide _PyMem_RawRealloc
    hide _PyMem_Debug*
    hide PyObject_Malloc
    hide PyObject_Calloc
    hide PyObject_Realloc
    hide _PyObject_Malloc
    hide _PyObject_Calloc
    hide _PyObject_Realloc

    # GLib
    hide g_malloc
    hide g_malloc0
    hide g_malloc_n
    hide g_malloc0_n
    hide g_realloc
    hide g_realloc_n
    hide g_try_malloc*
    hide g_try_realloc*
    hide g_slice_alloc
    hide g_slice_alloc0
    hide g_aligned_alloc*
    hide g_rc_box_alloc*
    hide g_atomic_rc_box_alloc*

    # libxml2
    hide xmlMemMalloc
    hide xmlMemRealloc
    hide xmlMallocLoc
    hide xmlReallocLoc
    hide xmlMallocAtomicLoc

    # gnulib, binutils, readline, git and many programs of the GNU project
    hide xmalloc
    hide xcalloc
    hide xzalloc
    hide xrealloc
    hide xreallocarray
    hide xnmalloc
    hide xnrealloc
    hide x2realloc
    hide x2nrealloc
    hide xcharalloc
    hide ximalloc
    hide xirealloc
    hide xpalloc
    hide do_xmalloc

    # OpenSSL, Perl, Lua, SQLite, Redis and its relatives
    hide CRYPTO_malloc
    hide CRYPTO_zalloc
    hide CRYPTO_realloc
    hide CRYPTO_clear_realloc
    hide CRYPTO_secure_malloc
    hide CRYPTO_secure_zalloc
    hide Perl_safesysmalloc
    hide Perl_safesyscalloc
    hide Perl_safesysrealloc
    hide Perl_more_sv
    hide Perl_more_bodies
    hide jv_mem_alloc*
    hide jv_mem_calloc*
    hide jv_mem_realloc
    hide l_alloc
    hide luaM_malloc_
    hide luaM_realloc_
    hide luaM_saferealloc_
    hide sqlite3MemMalloc
    hide sqlite3MemRealloc
    hide sqlite3Malloc
    hide sqlite3MallocZero
    hide sqlite3Realloc
    hide sqlite3_malloc
    hide sqlite3_malloc64
    hide sqlite3_realloc
    hide sqlite3_realloc64
    hide sqlite3DbMalloc*
    hide sqlite3DbRealloc*
    hide dbMallocRawFinish
    hide zmalloc*
    hide zcalloc*
    hide zrealloc*
    hide extend_to_usable
    hide ztrymalloc*
    hide ztrycalloc*
    hide ztryrealloc*

    # Qt
    hide QArrayData::allocate*
    hide QArrayData::reallocate*
    hide QTypedArrayData<*>::allocate*
    hide QTypedArrayData<*>::reallocate*
    hide QListData::detach*
    hide QListData::realloc*
    hide QHashData::allocateNode*
    hide QMapDataBase::createNode*
    hide qMallocAligned*
    hide qReallocAligned*
    hide qMalloc(*
    hide qRealloc(*

    # nginx
    hide ngx_alloc
    hide ngx_calloc
    hide ngx_memalign
    hide ngx_palloc*
    hide ngx_pnalloc
    hide ngx_pcalloc
    hide ngx_pmemalign
    hide ngx_create_pool
    hide ngx_array_create
    hide ngx_array_push*
    hide ngx_list_create
    hide ngx_list_push

    # PostgreSQL
    hide palloc
    hide palloc0
    hide palloc_*
    hide palloc0fast
    hide repalloc*
    hide pg_malloc*
    hide pg_realloc
    hide pg_palloc*
    hide MemoryContextAlloc*
    hide AllocSetAlloc*
    hide AllocSetContextCreateInternal
    hide AllocSetRealloc
    hide GenerationAlloc*
    hide GenerationRealloc
    hide SlabAlloc*
    hide BumpAlloc*
    hide GenerationContextCreate
    hide SlabContextCreate
    hide BumpContextCreate

    # PHP
    hide __zend_malloc
    hide __zend_calloc
    hide __zend_realloc
    hide _emalloc*
    hide _ecalloc
    hide _erealloc*
    hide _femalloc
    hide _fecalloc
    hide _ferealloc*
    hide _safe_*alloc
    hide tracked_malloc
    hide tracked_realloc
    hide zend_mm_alloc*
    hide zend_mm_chunk_alloc*
    hide zend_mm_realloc*
    hide _zend_mm_alloc*
    hide _zend_mm_realloc*

    # HotSpot
    hide os::malloc(*
    hide os::realloc(*
    hide NMTPreInitAllocation::*
    hide JLI_MemAlloc
    hide JLI_MemRealloc
    hide AllocateHeap*
    hide ReallocateHeap*
    hide ChunkPool::*
    hide Arena::grow(*
    hide Arena::Amalloc*
    hide Arena::Arealloc*
    hide resource_allocate_bytes*
    hide resource_reallocate_bytes*
    hide GrowableArray*::grow*
    hide GrowableArray*::expand*
    hide GrowableArray*Allocator::allocate*
    hide *BitMap::reinitialize*
    hide ResourceBitMap::ResourceBitMap*
    hide CHeapBitMap::CHeapBitMap*

    # V8, node, libuv
    hide v8::internal::AllocWithRetry*
    hide v8::internal::AllocAtLeastWithRetry*
    hide v8::internal::AlignedAllocWithRetry*
    hide v8::internal::AccountingAllocator::AllocateSegment*
    hide v8::internal::Zone::Expand*
    hide v8::internal::Zone::NewExpand*
    hide v8::base::Malloc*
    hide v8::base::Calloc*
    hide v8::base::Realloc*
    hide v8::internal::Heap::AllocateExternalBackingStore*
    hide v8::internal::BackingStore::Allocate*
    hide node::NodeArrayBufferAllocator::Allocate*
    hide node::*::CompressionStream<*>::AllocFor*
    hide node::UncheckedMalloc<*
    hide node::UncheckedCalloc<*
    hide node::UncheckedRealloc<*
    hide node::Malloc<*
    hide node::Calloc<*
    hide node::Realloc<*
    hide uv__malloc
    hide uv__calloc
    hide uv__realloc*

    """#
}
