/*
 * segments.h: the memory of a grow-only array: segments that are mapped when first needed and never
 * move. Two threads may map the same segment at once; one mapping wins, the other goes back.
 * Used by stacks.c and modules.c.
 */
#ifndef MEMTRACE_SEGMENTS_H
#define MEMTRACE_SEGMENTS_H

#include <stddef.h>

#include "base/atomics.h"
#include "base/sys.h"

/* [hook] The segment behind a directory slot, mapped if it was not; NULL when there is no memory.
 */
static inline void *mt_segment_obtain(void **slot, size_t bytes) {
  void *segment = mt_load_acquire(slot); /* pairs with the exchange below, in another thread */
  if (mt_likely(segment != NULL)) return segment;
  void *fresh = mt_sys_map_private(bytes);
  if (!fresh) return NULL;
  if (mt_cas_acq_rel(slot, &segment, fresh)) return fresh;
  mt_sys_unmap(fresh, bytes);
  return segment;
}

/* [init] Returns the first `count` segments of a directory to the system. */
static inline void mt_segments_release(void **slots, size_t count, size_t bytes) {
  for (size_t i = 0; i < count; i++) {
    if (slots[i] == NULL) continue; /* and its page may never have been touched */
    mt_sys_unmap(slots[i], bytes);
    slots[i] = NULL;
  }
}

#endif
