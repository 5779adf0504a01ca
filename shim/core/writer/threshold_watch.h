/*
 * threshold_watch.h: compares what memory is used with the thresholds (process/thresholds.h), some
 * fifty times a second where the writer is a task of its own, and says what was reached: in the
 * trace, and to the launcher if that has asked for it.
 */
#ifndef MEMTRACE_THRESHOLD_WATCH_H
#define MEMTRACE_THRESHOLD_WATCH_H

#include <stdint.h>

/* [writer] A trace begins: nothing is known. */
void mt_threshold_watch_begin(void);

/* [writer] Costs nothing while nobody has a threshold, else one small file at a time, and several
 * where something is a share of the system's memory. */
void mt_threshold_watch_look(uint64_t now_ns);

#endif
