/*
 * threshold_calls.h: thresholds that the program adds, and the thread that calls it back: one per
 * process, begun with the first threshold that has a function, with all signals blocked.
 */
#ifndef MEMTRACE_THRESHOLD_CALLS_H
#define MEMTRACE_THRESHOLD_CALLS_H

#include <stdint.h>

#define MEMTRACE_TYPES_ONLY
#include "../include/memtrace.h"

/* As in memtrace.h; not from a signal handler. */
memtrace_threshold_t mt_threshold_calls_add(const char *value, const char *label,
                                            memtrace_threshold_function function, void *argument);
void mt_threshold_calls_remove(memtrace_threshold_t threshold);

#endif
