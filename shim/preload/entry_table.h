/*
 * entry_table.h: every function by which an allocator gives out, resizes or takes back a block,
 * besides the family that this library exports: one line each, from the allocators' own headers.
 * entry_points.c makes a hook of each line.
 *
 * A line is KIND(GROUP, NAME, ARITY, …). Arguments are the words a to f, in the function's
 * order, passed on untouched: pointers, sizes, alignments, flags and references alike.
 *
 *   ALLOCATE(…, BYTES)              returns a block of BYTES, or NULL
 *   ALLOCATE_AT(…, BYTES)           returns 0 and stores a block at *a, or another value
 *   RELEASE(…)                      takes back a
 *   RESIZE(…, OLD, BYTES, ON_NULL)  returns the block that OLD became; ON_NULL: what NULL means
 *   RESIZE_AT(…, BYTES)             the block is *a before and after; returns 0 if it was resized
 *   RESIZE_IN_PLACE(…)              jemalloc's xallocx: returns what a really has now
 *   RELEASE_ALL(…)                  mimalloc's mi_heap_destroy: takes back every block of the heap
 * a
 *
 * GROUP says whose definition the hook stands for: `libc`, that of the C library; `next`, the one
 * that the exported family hands on to; `other`, that of an allocator beside or before the C
 * library.
 */
#ifndef MEMTRACE_ENTRY_TABLE_H
#define MEMTRACE_ENTRY_TABLE_H

/* The exported family, for those who reach a definition behind it. (reallocarray is not here: the C
 * library's calls realloc, as everybody's does.) */
#define MT_FAMILY_ENTRIES(G)                  \
  ALLOCATE(G, malloc, 1, a)                   \
  RELEASE(G, free, 1)                         \
  ALLOCATE(G, calloc, 2, times(a, b))         \
  RESIZE(G, realloc, 2, a, b, FREED_IF_EMPTY) \
  ALLOCATE_AT(G, posix_memalign, 3, c)        \
  ALLOCATE(G, aligned_alloc, 2, b)            \
  ALLOCATE(G, memalign, 2, b)                 \
  ALLOCATE(G, valloc, 1, a)                   \
  ALLOCATE(G, pvalloc, 1, a)

/* C23's, in the C libraries and allocators that have them. */
#define MT_SIZED_ENTRIES(G) \
  RELEASE(G, free_sized, 2) \
  RELEASE(G, free_aligned_sized, 3)

/* The C library's second names, which other allocators define, too. */
#define MT_LIBC_ENTRIES(G)                           \
  ALLOCATE(G, __libc_malloc, 1, a)                   \
  RELEASE(G, __libc_free, 1)                         \
  RELEASE(G, __libc_cfree, 1)                        \
  RELEASE(G, cfree, 1)                               \
  ALLOCATE(G, __libc_calloc, 2, times(a, b))         \
  RESIZE(G, __libc_realloc, 2, a, b, FREED_IF_EMPTY) \
  ALLOCATE(G, __libc_memalign, 2, b)                 \
  ALLOCATE(G, __libc_valloc, 1, a)                   \
  ALLOCATE(G, __libc_pvalloc, 1, a)                  \
  ALLOCATE_AT(G, __posix_memalign, 3, c)

/* C++: operator new and delete (Itanium ABI, 64-bit size_t). */
#define MT_OPERATOR_ENTRIES(G)                          \
  ALLOCATE(G, _Znwm, 1, a)                              \
  ALLOCATE(G, _Znam, 1, a)                              \
  ALLOCATE(G, _ZnwmRKSt9nothrow_t, 2, a)                \
  ALLOCATE(G, _ZnamRKSt9nothrow_t, 2, a)                \
  ALLOCATE(G, _ZnwmSt11align_val_t, 2, a)               \
  ALLOCATE(G, _ZnamSt11align_val_t, 2, a)               \
  ALLOCATE(G, _ZnwmSt11align_val_tRKSt9nothrow_t, 3, a) \
  ALLOCATE(G, _ZnamSt11align_val_tRKSt9nothrow_t, 3, a) \
  RELEASE(G, _ZdlPv, 1)                                 \
  RELEASE(G, _ZdaPv, 1)                                 \
  RELEASE(G, _ZdlPvm, 2)                                \
  RELEASE(G, _ZdaPvm, 2)                                \
  RELEASE(G, _ZdlPvRKSt9nothrow_t, 2)                   \
  RELEASE(G, _ZdaPvRKSt9nothrow_t, 2)                   \
  RELEASE(G, _ZdlPvSt11align_val_t, 2)                  \
  RELEASE(G, _ZdaPvSt11align_val_t, 2)                  \
  RELEASE(G, _ZdlPvmSt11align_val_t, 3)                 \
  RELEASE(G, _ZdaPvmSt11align_val_t, 3)                 \
  RELEASE(G, _ZdlPvSt11align_val_tRKSt9nothrow_t, 3)    \
  RELEASE(G, _ZdaPvSt11align_val_tRKSt9nothrow_t, 3)

/* jemalloc, built without and with its prefix. xallocx asks for b bytes, and c more if there are.
 */
#define MT_JEMALLOC_ENTRIES(G)                   \
  ALLOCATE(G, mallocx, 2, a)                     \
  RESIZE(G, rallocx, 3, a, b, STAYS)             \
  RESIZE_IN_PLACE(G, xallocx)                    \
  RELEASE(G, dallocx, 2)                         \
  RELEASE(G, sdallocx, 3)                        \
  ALLOCATE(G, je_malloc, 1, a)                   \
  RELEASE(G, je_free, 1)                         \
  RELEASE(G, je_free_sized, 2)                   \
  RELEASE(G, je_free_aligned_sized, 3)           \
  ALLOCATE(G, je_calloc, 2, times(a, b))         \
  RESIZE(G, je_realloc, 2, a, b, FREED_IF_EMPTY) \
  ALLOCATE_AT(G, je_posix_memalign, 3, c)        \
  ALLOCATE(G, je_aligned_alloc, 2, b)            \
  ALLOCATE(G, je_memalign, 2, b)                 \
  ALLOCATE(G, je_valloc, 1, a)                   \
  ALLOCATE(G, je_pvalloc, 1, a)                  \
  ALLOCATE(G, je_mallocx, 2, a)                  \
  RESIZE(G, je_rallocx, 3, a, b, STAYS)          \
  RESIZE_IN_PLACE(G, je_xallocx)                 \
  RELEASE(G, je_dallocx, 2)                      \
  RELEASE(G, je_sdallocx, 3)

/* gperftools. */
#define MT_TCMALLOC_ENTRIES(G)                   \
  ALLOCATE(G, tc_malloc, 1, a)                   \
  ALLOCATE(G, tc_malloc_skip_new_handler, 1, a)  \
  RELEASE(G, tc_free, 1)                         \
  RELEASE(G, tc_free_sized, 2)                   \
  RESIZE(G, tc_realloc, 2, a, b, FREED_IF_EMPTY) \
  ALLOCATE(G, tc_calloc, 2, times(a, b))         \
  RELEASE(G, tc_cfree, 1)                        \
  ALLOCATE(G, tc_memalign, 2, b)                 \
  ALLOCATE_AT(G, tc_posix_memalign, 3, c)        \
  ALLOCATE(G, tc_valloc, 1, a)                   \
  ALLOCATE(G, tc_pvalloc, 1, a)                  \
  ALLOCATE(G, tc_new, 1, a)                      \
  ALLOCATE(G, tc_new_nothrow, 2, a)              \
  ALLOCATE(G, tc_newarray, 1, a)                 \
  ALLOCATE(G, tc_newarray_nothrow, 2, a)         \
  ALLOCATE(G, tc_new_aligned, 2, a)              \
  ALLOCATE(G, tc_new_aligned_nothrow, 3, a)      \
  ALLOCATE(G, tc_newarray_aligned, 2, a)         \
  ALLOCATE(G, tc_newarray_aligned_nothrow, 3, a) \
  RELEASE(G, tc_delete, 1)                       \
  RELEASE(G, tc_delete_sized, 2)                 \
  RELEASE(G, tc_delete_nothrow, 2)               \
  RELEASE(G, tc_deletearray, 1)                  \
  RELEASE(G, tc_deletearray_sized, 2)            \
  RELEASE(G, tc_deletearray_nothrow, 2)          \
  RELEASE(G, tc_delete_aligned, 2)               \
  RELEASE(G, tc_delete_sized_aligned, 3)         \
  RELEASE(G, tc_delete_aligned_nothrow, 3)       \
  RELEASE(G, tc_deletearray_aligned, 2)          \
  RELEASE(G, tc_deletearray_sized_aligned, 3)    \
  RELEASE(G, tc_deletearray_aligned_nothrow, 3)

/* Google's later tcmalloc. */
#define MT_TCMALLOC_INTERNAL_ENTRIES(G)                                      \
  ALLOCATE(G, TCMallocInternalMalloc, 1, a)                                  \
  RELEASE(G, TCMallocInternalFree, 1)                                        \
  RELEASE(G, TCMallocInternalFreeSized, 2)                                   \
  RELEASE(G, TCMallocInternalFreeAlignedSized, 3)                            \
  RELEASE(G, TCMallocInternalSdallocx, 3)                                    \
  RESIZE(G, TCMallocInternalRealloc, 2, a, b, FREED_IF_EMPTY)                \
  RESIZE(G, TCMallocInternalReallocArray, 3, a, times(b, c), FREED_IF_EMPTY) \
  ALLOCATE(G, TCMallocInternalCalloc, 2, times(a, b))                        \
  RELEASE(G, TCMallocInternalCfree, 1)                                       \
  ALLOCATE(G, TCMallocInternalMemalign, 2, b)                                \
  ALLOCATE(G, TCMallocInternalAlignedAlloc, 2, b)                            \
  ALLOCATE_AT(G, TCMallocInternalPosixMemalign, 3, c)                        \
  ALLOCATE(G, TCMallocInternalValloc, 1, a)                                  \
  ALLOCATE(G, TCMallocInternalPvalloc, 1, a)                                 \
  ALLOCATE(G, TCMallocInternalNew, 1, a)                                     \
  ALLOCATE(G, TCMallocInternalNewNothrow, 2, a)                              \
  ALLOCATE(G, TCMallocInternalNewAligned, 2, a)                              \
  ALLOCATE(G, TCMallocInternalNewAlignedNothrow, 3, a)                       \
  ALLOCATE(G, TCMallocInternalNewArray, 1, a)                                \
  ALLOCATE(G, TCMallocInternalNewArrayNothrow, 2, a)                         \
  ALLOCATE(G, TCMallocInternalNewArrayAligned, 2, a)                         \
  ALLOCATE(G, TCMallocInternalNewArrayAlignedNothrow, 3, a)                  \
  RELEASE(G, TCMallocInternalDelete, 1)                                      \
  RELEASE(G, TCMallocInternalDeleteSized, 2)                                 \
  RELEASE(G, TCMallocInternalDeleteNothrow, 2)                               \
  RELEASE(G, TCMallocInternalDeleteAligned, 2)                               \
  RELEASE(G, TCMallocInternalDeleteSizedAligned, 3)                          \
  RELEASE(G, TCMallocInternalDeleteAlignedNothrow, 3)                        \
  RELEASE(G, TCMallocInternalDeleteArray, 1)                                 \
  RELEASE(G, TCMallocInternalDeleteArraySized, 2)                            \
  RELEASE(G, TCMallocInternalDeleteArrayNothrow, 2)                          \
  RELEASE(G, TCMallocInternalDeleteArrayAligned, 2)                          \
  RELEASE(G, TCMallocInternalDeleteArraySizedAligned, 3)                     \
  RELEASE(G, TCMallocInternalDeleteArrayAlignedNothrow, 3)

/* mimalloc: for a thread's default heap, and for a heap that the caller names. */
#define MT_MIMALLOC_ENTRIES(G)                                            \
  ALLOCATE(G, mi_malloc, 1, a)                                            \
  ALLOCATE(G, mi_malloc_small, 1, a)                                      \
  ALLOCATE(G, mi_zalloc, 1, a)                                            \
  ALLOCATE(G, mi_zalloc_small, 1, a)                                      \
  ALLOCATE(G, mi_calloc, 2, times(a, b))                                  \
  ALLOCATE(G, mi_mallocn, 2, times(a, b))                                 \
  RESIZE(G, mi_realloc, 2, a, b, STAYS)                                   \
  RESIZE(G, mi_reallocn, 3, a, times(b, c), STAYS)                        \
  RESIZE(G, mi_reallocf, 2, a, b, FREED)                                  \
  RESIZE(G, mi_rezalloc, 2, a, b, STAYS)                                  \
  RESIZE(G, mi_recalloc, 3, a, times(b, c), STAYS)                        \
  RESIZE(G, mi_reallocarray, 3, a, times(b, c), STAYS)                    \
  RESIZE_AT(G, mi_reallocarr, 3, times(b, c))                             \
  RESIZE(G, mi_expand, 2, a, b, STAYS)                                    \
  RESIZE(G, mi__expand, 2, a, b, STAYS)                                   \
  ALLOCATE(G, mi_strdup, 1, text_bytes(block))                            \
  ALLOCATE(G, mi_strndup, 2, text_bytes(block))                           \
  ALLOCATE(G, mi_mbsdup, 1, text_bytes(block))                            \
  ALLOCATE(G, mi_wcsdup, 1, wide_text_bytes(block))                       \
  ALLOCATE(G, mi_realpath, 2, b == 0 ? text_bytes(block) : NO_BLOCK)      \
  ALLOCATE_AT(G, mi_dupenv_s, 3, text_bytes(block))                       \
  ALLOCATE_AT(G, mi_wdupenv_s, 3, wide_text_bytes(block))                 \
  ALLOCATE(G, mi_malloc_aligned, 2, a)                                    \
  ALLOCATE(G, mi_malloc_aligned_at, 3, a)                                 \
  ALLOCATE(G, mi_zalloc_aligned, 2, a)                                    \
  ALLOCATE(G, mi_zalloc_aligned_at, 3, a)                                 \
  ALLOCATE(G, mi_calloc_aligned, 3, times(a, b))                          \
  ALLOCATE(G, mi_calloc_aligned_at, 4, times(a, b))                       \
  RESIZE(G, mi_realloc_aligned, 3, a, b, STAYS)                           \
  RESIZE(G, mi_realloc_aligned_at, 4, a, b, STAYS)                        \
  RESIZE(G, mi_rezalloc_aligned, 3, a, b, STAYS)                          \
  RESIZE(G, mi_rezalloc_aligned_at, 4, a, b, STAYS)                       \
  RESIZE(G, mi_recalloc_aligned, 4, a, times(b, c), STAYS)                \
  RESIZE(G, mi_recalloc_aligned_at, 5, a, times(b, c), STAYS)             \
  RESIZE(G, mi_aligned_recalloc, 4, a, times(b, c), STAYS)                \
  RESIZE(G, mi_aligned_offset_recalloc, 5, a, times(b, c), STAYS)         \
  ALLOCATE(G, mi_memalign, 2, b)                                          \
  ALLOCATE(G, mi_aligned_alloc, 2, b)                                     \
  ALLOCATE_AT(G, mi_posix_memalign, 3, c)                                 \
  ALLOCATE(G, mi_valloc, 1, a)                                            \
  ALLOCATE(G, mi_pvalloc, 1, a)                                           \
  ALLOCATE(G, mi_new, 1, a)                                               \
  ALLOCATE(G, mi_new_nothrow, 1, a)                                       \
  ALLOCATE(G, mi_new_aligned, 2, a)                                       \
  ALLOCATE(G, mi_new_aligned_nothrow, 2, a)                               \
  ALLOCATE(G, mi_new_n, 2, times(a, b))                                   \
  RESIZE(G, mi_new_realloc, 2, a, b, STAYS)                               \
  RESIZE(G, mi_new_reallocn, 3, a, times(b, c), STAYS)                    \
  RELEASE(G, mi_free, 1)                                                  \
  RELEASE(G, mi_cfree, 1)                                                 \
  RELEASE(G, mi_free_size, 2)                                             \
  RELEASE(G, mi_free_size_aligned, 3)                                     \
  RELEASE(G, mi_free_aligned, 2)                                          \
  ALLOCATE(G, mi_heap_malloc, 2, b)                                       \
  ALLOCATE(G, mi_heap_malloc_small, 2, b)                                 \
  ALLOCATE(G, mi_heap_zalloc, 2, b)                                       \
  ALLOCATE(G, mi_heap_zalloc_small, 2, b)                                 \
  ALLOCATE(G, mi_heap_calloc, 3, times(b, c))                             \
  ALLOCATE(G, mi_heap_mallocn, 3, times(b, c))                            \
  RESIZE(G, mi_heap_realloc, 3, b, c, STAYS)                              \
  RESIZE(G, mi_heap_reallocn, 4, b, times(c, d), STAYS)                   \
  RESIZE(G, mi_heap_reallocf, 3, b, c, FREED)                             \
  RESIZE(G, mi_heap_rezalloc, 3, b, c, STAYS)                             \
  RESIZE(G, mi_heap_recalloc, 4, b, times(c, d), STAYS)                   \
  ALLOCATE(G, mi_heap_strdup, 2, text_bytes(block))                       \
  ALLOCATE(G, mi_heap_strndup, 3, text_bytes(block))                      \
  ALLOCATE(G, mi_heap_realpath, 3, c == 0 ? text_bytes(block) : NO_BLOCK) \
  ALLOCATE(G, mi_heap_malloc_aligned, 3, b)                               \
  ALLOCATE(G, mi_heap_malloc_aligned_at, 4, b)                            \
  ALLOCATE(G, mi_heap_zalloc_aligned, 3, b)                               \
  ALLOCATE(G, mi_heap_zalloc_aligned_at, 4, b)                            \
  ALLOCATE(G, mi_heap_calloc_aligned, 4, times(b, c))                     \
  ALLOCATE(G, mi_heap_calloc_aligned_at, 5, times(b, c))                  \
  RESIZE(G, mi_heap_realloc_aligned, 4, b, c, STAYS)                      \
  RESIZE(G, mi_heap_realloc_aligned_at, 5, b, c, STAYS)                   \
  RESIZE(G, mi_heap_rezalloc_aligned, 4, b, c, STAYS)                     \
  RESIZE(G, mi_heap_rezalloc_aligned_at, 5, b, c, STAYS)                  \
  RESIZE(G, mi_heap_recalloc_aligned, 5, b, times(c, d), STAYS)           \
  RESIZE(G, mi_heap_recalloc_aligned_at, 6, b, times(c, d), STAYS)        \
  ALLOCATE(G, mi_heap_alloc_new, 2, b)                                    \
  ALLOCATE(G, mi_heap_alloc_new_n, 3, times(b, c))                        \
  RELEASE_ALL(G, mi_heap_destroy)

/* What mimalloc and tcmalloc export besides, under BSD's and Microsoft's names. */
#define MT_FOREIGN_ENTRIES(G)              \
  RESIZE(G, reallocf, 2, a, b, FREED)      \
  RESIZE_AT(G, reallocarr, 3, times(b, c)) \
  RELEASE(G, vfree, 1)                     \
  ALLOCATE(G, _aligned_malloc, 2, b)

#define MT_ENTRIES                    \
  MT_FAMILY_ENTRIES(next)             \
  MT_FAMILY_ENTRIES(libc)             \
  MT_SIZED_ENTRIES(libc)              \
  MT_LIBC_ENTRIES(libc)               \
  MT_SIZED_ENTRIES(other)             \
  MT_LIBC_ENTRIES(other)              \
  MT_OPERATOR_ENTRIES(other)          \
  MT_JEMALLOC_ENTRIES(other)          \
  MT_TCMALLOC_ENTRIES(other)          \
  MT_TCMALLOC_INTERNAL_ENTRIES(other) \
  MT_MIMALLOC_ENTRIES(other)          \
  MT_FOREIGN_ENTRIES(other)

#endif
