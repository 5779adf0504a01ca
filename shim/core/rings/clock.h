/*
 * clock.h: the time that events get. A clock read in each hook would cost as much as the rest of
 * it, so hooks take the time from a clock word. Three look after it:
 *
 *   - the writer sets it in its rounds, at most MT_CLOCK_SLEEP_NS apart, while there are events;
 *   - hooks set it themselves when the processor's cycle counter says that it is stale, because the
 *     writer waits for a processor. They look with their first event after a pause, and in a burst
 *     of events after a few of them;
 *   - when there are few events nobody keeps it ("quiet"), and each hook looks at the counter.
 *
 * How late the word was ever set is kept in the trace (mt_order.clock_interval_ns).
 */
#ifndef MEMTRACE_CLOCK_H
#define MEMTRACE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/atomics.h"
#include "file/trace_file.h"
#include "process/state.h"
#include "rings/thread.h"

/* As old as an event's time may be, unless the trace says more. */
#define MT_CLOCK_INTERVAL_NS UINT64_C(1000000)
/* From one setting by the writer to the next; hooks set it when it is a little older. */
#define MT_CLOCK_SLEEP_NS UINT64_C(800000)

/* So many hooks of a thread, while nobody keeps the clock, have the writer keep it again. */
#define MT_NUDGE_HOOKS 32u

/* [init] [hook, in the child of a fork] The trace begins; its live region is there. */
void mt_clock_begin(void);

/* [hook] Sets the clock word to now, and has all hooks take note. */
void mt_clock_set(void);

/* [writer] Sets it if it is not quite new, and learns how many cycles pass in what time. */
void mt_clock_keep(void);

/* [writer] When there are few events, hooks look at the clock themselves, and the writer may sleep
 * as long as it likes. */
void mt_clock_set_quiet(bool quiet);

/* 1: the program gave up the cycle counter (PR_SET_TSC), and whoever reads it dies. Inherited by
 * the child of a fork, as that is. */
extern uint32_t mt_clock_counterless;

/* [hook] The cycle counter, or what stands in for it: the clock; nothing at all where system calls
 * are forbidden (seccomp's strict mode forbids the counter, too), so that no time passes. */
static inline uint64_t mt_clock_cycles(void) {
  if (mt_sys_is_forbidden()) return mt_load_relaxed(&mt_hot->clock_cycles);
  if (mt_unlikely(mt_load_relaxed(&mt_clock_counterless))) return mt_trace_file_now_ns();
  return mt_cycle_counter();
}

/* [hook] True if nobody has set the clock word for too long. */
static inline bool mt_clock_is_stale(uint64_t cycles) {
  int64_t age = (int64_t)(cycles - mt_load_relaxed(&mt_hot->clock_cycles));
  return age >= (int64_t)mt_load_relaxed(&mt_hot->tick_cycles);
}

/* [hook] The time of what the thread does next. */
uint64_t mt_clock_time(struct mt_thread *thread);

/* [hook] Called by a thread every few words that it writes. Has it look again after each event
 * when its events are far apart. True: the clock was stale, and was set. */
bool mt_clock_check(struct mt_thread *thread);

#endif
