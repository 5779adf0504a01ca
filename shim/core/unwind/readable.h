/*
 * readable.h: may this address be read? A thread remembers the stretches of stack that it has seen
 * to be readable; what lies outside is asked of the kernel, page by page, before it is read. So no
 * unwind table, however wrong, and no guess can make a hook fault.
 */
#ifndef MEMTRACE_READABLE_H
#define MEMTRACE_READABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

#define MT_READABLE_STRETCHES 4u

struct mt_stretch {
  uint64_t start, end; /* whole pages, all of them readable when they were asked for */
};

/* Per thread; zeroed is empty. The first stretch is the one in use: threads have one stack. */
struct mt_readable {
  struct mt_stretch stretches[MT_READABLE_STRETCHES];
};

/* [hook] The rest of mt_readable: other stretches, then the kernel. */
bool mt_readable_ask(struct mt_readable *known, uint64_t address, uint64_t bytes);

/* [hook] Can all of it be read now? Asks the kernel every time, and remembers nothing. */
bool mt_readable_now(uint64_t address, uint64_t bytes);

/* [hook] Can `bytes` (at most a page) at `address` be read? */
static inline bool mt_readable(struct mt_readable *known, uint64_t address, uint64_t bytes) {
  const struct mt_stretch *first = &known->stretches[0];
  if (mt_likely(address >= first->start && address < first->end && first->end - address >= bytes))
    return true;
  return mt_readable_ask(known, address, bytes);
}

#endif
