// Rules for what allocates in programs that many people know, each seen at work on the real program.
// All of it is hidden.

extension StandardFrameRules {
  /// By program.
  static let programAllocators = #"""
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
