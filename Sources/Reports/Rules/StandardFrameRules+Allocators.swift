// Rules for how processes begin, and for what allocates in the C library and in the runtimes of languages.
// All of it is hidden.

extension StandardFrameRules {
  /// Entry points first, then the C library, then languages.
  static let allocators = #"""
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
    """#
}
