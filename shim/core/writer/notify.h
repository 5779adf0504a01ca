/*
 * notify.h: tells the launcher of a threshold that was reached, so that it may run a command: one
 * datagram, to the socket that MEMTRACE_NOTIFY names. Only the writer's task sends any: its calls
 * are under no filter of the program's, and its descriptors are its own.
 */
#ifndef MEMTRACE_NOTIFY_H
#define MEMTRACE_NOTIFY_H

#include <stdint.h>

#include "process/memory_figures.h"
#include "process/thresholds.h"

/* [writer] Says so if it can be said at once; what nobody takes is not sent again. */
void mt_notify_threshold(const struct mt_threshold *threshold, uint64_t measured, uint64_t limit,
                         const struct mt_memory_figures *figures);

#endif
