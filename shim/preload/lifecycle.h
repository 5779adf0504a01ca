/*
 * lifecycle.h: when recording starts and ends in the life of a process.
 */
#ifndef MEMTRACE_LIFECYCLE_H
#define MEMTRACE_LIFECYCLE_H

#include <stdbool.h>

#include "base/atomics.h"
#include "next.h"

enum mt_stage {
  MT_STAGE_NONE = 0,    /* the next allocator is not known */
  MT_STAGE_FOUND = 1,   /* it is; libc may not be ready for more */
  MT_STAGE_STARTED = 2, /* the attempt to start recording was made */
};

extern MT_NEAR_DATA int mt_stage;

/* The slow half of mt_ready. */
bool mt_ready_slow(void);

/*
 * [hook] Brings the library as far up as the process allows, at the latest by its constructor.
 * False when the call must be served from the pool (next.h).
 */
static inline bool mt_ready(void) {
  return mt_likely(mt_stage == MT_STAGE_STARTED) || mt_ready_slow();
}

#endif
