/*
 * pressure.h: whether memory is so short that the kernel takes the writer's own pages away while it
 * works with them, as in the last megabytes below the limit of a memory control group. The sign is
 * its major faults: a writer that has what it needs has none but the first of each page. [writer]
 * all of it.
 */
#ifndef MEMTRACE_PRESSURE_H
#define MEMTRACE_PRESSURE_H

#include <stdint.h>

enum mt_pressure {
  MT_PRESSURE_NONE,
  MT_PRESSURE_HIGH,    /* what can be given back should be */
  MT_PRESSURE_LASTING, /* it was high for seconds: what recording still needs is too much */
};

/* A trace begins. */
void mt_pressure_forget(void);

/* A round of the writer's work begins, and ends at `now_ns`. `first_pages`: how many pages of the
 * live file the writer has written to so far: the first fault of each may be a major one, too. */
void mt_pressure_begin_round(void);
enum mt_pressure mt_pressure_end_round(uint64_t now_ns, uint64_t first_pages);

/* The judgement alone, of a round with so many major faults. How long a round takes does not
 * matter: a slow disk is none. */
enum mt_pressure mt_pressure_judge(uint64_t now_ns, uint64_t faults, uint64_t first_pages);

#endif
