/*
 * own_memory.h: which private memory is the recorder's own, so that it can be told apart from the
 * program's. Every mapping that is kept enters itself here (sys.h); the writer counts what is
 * resident of them. Nothing is ever taken out: a range that was unmapped after all has no resident
 * page.
 */
#ifndef MEMTRACE_OWN_MEMORY_H
#define MEMTRACE_OWN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"

#define MT_OWN_RANGES_MAX 512u /* what is mapped after so many is counted as the program's */

struct mt_own_range {
  char *address; /* written last (release): NULL until the range is whole */
  size_t bytes;
};

struct mt_own_ranges {
  uint32_t count; /* given out, may exceed MT_OWN_RANGES_MAX */
  struct mt_own_range ranges[MT_OWN_RANGES_MAX];
};

/* One for the whole library, wherever this header is included. */
__attribute__((weak, visibility("hidden"))) struct mt_own_ranges mt_own_ranges;

/* [hook] Enters a fresh mapping. */
static inline void mt_own_memory_add(void *address, size_t bytes) {
  uint32_t index = mt_add_acq_rel(&mt_own_ranges.count, 1);
  if (index >= MT_OWN_RANGES_MAX) return;
  mt_own_ranges.ranges[index].bytes = bytes;
  mt_store_release(&mt_own_ranges.ranges[index].address, address); /* pairs with mt_facts_memory */
}

#endif
