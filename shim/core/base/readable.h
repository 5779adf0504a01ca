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

/* Per thread; zeroed is empty. The first stretch holds `sp` once something near it was asked for.
 */
struct mt_readable {
  struct mt_stretch stretches[MT_READABLE_STRETCHES];
  uint64_t sp; /* where the walk under way began; 0: it is no stack that is read */
};

static inline bool mt_stretch_holds(const struct mt_stretch *stretch, uint64_t address) {
  return address - stretch->start < stretch->end - stretch->start;
}

/* [hook] Forgets all. */
static inline void mt_readable_forget(struct mt_readable *known) {
  for (unsigned i = 0; i < MT_READABLE_STRETCHES; i++) known->stretches[i].end = 0;
}

/*
 * [hook] A walk begins at `sp`. What was known of another stack is forgotten: by the time the
 * thread comes back to it, another mapping may have taken its place.
 */
static inline void mt_readable_begin(struct mt_readable *known, uint64_t sp) {
  known->sp = sp;
  if (mt_unlikely(!mt_stretch_holds(&known->stretches[0], sp))) mt_readable_forget(known);
}

/* [any] Is something of [start, end) remembered? */
bool mt_readable_touches(const struct mt_readable *known, uint64_t start, uint64_t end);

/* [hook] The rest of mt_readable: other stretches, then the kernel. */
bool mt_readable_ask(struct mt_readable *known, uint64_t address, uint64_t bytes);

/* [hook] Can all of it be read now? Asks the kernel every time, and remembers nothing. */
bool mt_readable_now(uint64_t address, uint64_t bytes);

/* [hook] Can `bytes` (at most a page) at `address` be read? */
static inline bool mt_is_readable(struct mt_readable *known, uint64_t address, uint64_t bytes) {
  const struct mt_stretch *first = &known->stretches[0];
  if (mt_likely(address >= first->start && address < first->end && first->end - address >= bytes))
    return true;
  return mt_readable_ask(known, address, bytes);
}

#endif
