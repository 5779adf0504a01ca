/*
 * next.h: the allocator below us: the next definition of each function of the malloc family in the
 * loader's search order, be it the C library's or that of a preloaded allocator. Calls that arrive
 * while it is being looked up are served from a pool that is never given back.
 */
#ifndef MEMTRACE_NEXT_H
#define MEMTRACE_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"

struct mt_next {
  void *(*malloc)(size_t);
  void (*free)(void *);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  void *(*memalign)(size_t, size_t);
  void *(*valloc)(size_t);
  void *(*pvalloc)(size_t);
};

extern MT_NEAR_DATA struct mt_next mt_next;

/*
 * The program's own calls may reach others before us: an allocator, or a wrapper that hands on to
 * us. What we have and they lack must not go past them.
 */
struct mt_before_us {
  /* The C library's, which calls the first realloc; NULL: that is ours */
  void *(*reallocarray)(void *, size_t, size_t);
};

extern struct mt_before_us mt_before_us;

/* [hook] Looks everything up. False while that is already going on further up the stack: the call
 * is to be served from the pool. */
bool mt_next_find(void);

/*
 * [init] Path of the module whose malloc serves the program, NULL if it has none: of the next
 * allocator; or, and `preceded` is then true, of one that comes before us in the loader's order, so
 * that the program's calls never reach us.
 */
const char *mt_next_module(bool *preceded);

/* [hook] Zeroed memory from the pool, aligned to 64 bytes; NULL when there is none. */
void *mt_pool_allocate(size_t bytes);

/* The span of addresses that the pool has blocks in; empty while none was ever given out. */
extern MT_NEAR_DATA uintptr_t mt_pool_start;
extern MT_NEAR_DATA size_t mt_pool_span;
bool mt_pool_holds(const void *block);

/* [hook] Is `block` from the pool? Such blocks are never freed. */
static inline bool mt_pool_owns(const void *block) {
  return mt_unlikely((uintptr_t)block - mt_pool_start < mt_pool_span) && mt_pool_holds(block);
}

/* [hook] Bytes that may be read at a pool block. */
size_t mt_pool_bytes(const void *block);

#endif
