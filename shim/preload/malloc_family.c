/*
 * malloc_family.c: the malloc family, as the traced program calls it. Each function does what the
 * next allocator does, with its results and its errno, and says what happened to record.h.
 * malloc_usable_size is left alone: nothing is added to blocks.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "hooks/record.h"
#include "lifecycle.h"

#define EXPORT __attribute__((visibility("default"), noinline))

/* `block` as the result of a hook for `bytes`, recorded if there is one. For use in hooks only:
 * takes the hook's own frame. */
#define RECORDED(block, bytes)                                             \
  ({                                                                       \
    void *recorded = (block);                                              \
    if (mt_likely(recorded != NULL))                                       \
      mt_record_allocation(recorded, (bytes), __builtin_frame_address(0)); \
    recorded;                                                              \
  })

EXPORT void *malloc(size_t size) {
  if (!mt_ready()) return mt_pool_allocate(size);
  return RECORDED(mt_next.malloc(size), size);
}

EXPORT void free(void *block) {
  if (block == NULL) return;
  if (mt_unlikely(!mt_ready() || mt_pool_owns(block))) return;
  mt_record_release(block, __builtin_frame_address(0));
  mt_next.free(block);
}

EXPORT void *calloc(size_t count, size_t size) {
  if (!mt_ready()) {
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : mt_pool_allocate(bytes);
  }
  return RECORDED(mt_next.calloc(count, size), count * size); /* overflow: calloc gave NULL */
}

/* A block of the pool moves to the real allocator when it is resized. To size 0: whatever that
 * allocator makes of it, libc's NULL or another's block. */
static void *reallocate_from_pool(void *old, size_t size) {
  if (size == 0) return mt_ready() ? mt_next.realloc(mt_next.malloc(1), 0) : NULL;
  size_t readable = mt_pool_bytes(old);
  void *block = mt_ready() ? mt_next.malloc(size) : mt_pool_allocate(size);
  if (block != NULL) memcpy(block, old, readable < size ? readable : size);
  return block;
}

/* Always inlined: the frame that it takes is the hook's. */
static inline __attribute__((always_inline)) void *reallocate(void *old, size_t size) {
  if (mt_unlikely(!mt_ready() || (old != NULL && mt_pool_owns(old)))) {
    return old == NULL ? mt_pool_allocate(size) : reallocate_from_pool(old, size);
  }
  if (old == NULL) return RECORDED(mt_next.realloc(NULL, size), size);
  bool begun = mt_record_realloc_begin(old, __builtin_frame_address(0));
  void *block = mt_next.realloc(old, size);
  if (mt_likely(block != NULL)) {
    mt_record_realloc_end(block, size, __builtin_frame_address(0));
  } else if (size != 0) { /* realloc(old, 0) has freed the block */
    mt_record_realloc_failed(old, begun, __builtin_frame_address(0));
  }
  return block;
}

EXPORT void *realloc(void *old, size_t size) { return reallocate(old, size); }

/* The C library's calls realloc, which is another's where that comes before ours. */
EXPORT void *reallocarray(void *old, size_t count, size_t size) {
  size_t bytes;
  if (mt_ready() && mt_unlikely(mt_before_us.reallocarray != NULL)) {
    return mt_before_us.reallocarray(old, count, size);
  }
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return reallocate(old, bytes);
}

EXPORT int posix_memalign(void **result, size_t alignment, size_t size) {
  if (!mt_ready()) return ENOMEM;
  int error = mt_next.posix_memalign(result, alignment, size);
  if (error == 0) (void)RECORDED(*result, size);
  return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  if (!mt_ready()) return NULL;
  return RECORDED(mt_next.aligned_alloc(alignment, size), size);
}

EXPORT void *memalign(size_t alignment, size_t size) {
  if (!mt_ready()) return alignment <= 64 ? mt_pool_allocate(size) : NULL;
  return RECORDED(mt_next.memalign(alignment, size), size);
}

EXPORT void *valloc(size_t size) {
  if (!mt_ready()) return NULL;
  return RECORDED(mt_next.valloc(size), size);
}

EXPORT void *pvalloc(size_t size) {
  if (!mt_ready()) return NULL;
  return RECORDED(mt_next.pvalloc(size), size);
}
