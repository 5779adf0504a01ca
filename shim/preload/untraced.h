/*
 * untraced.h: what is done before another program takes a process over: one that cannot be recorded
 * is named in the trace.
 */
#ifndef MEMTRACE_PRELOAD_UNTRACED_H
#define MEMTRACE_PRELOAD_UNTRACED_H

#include <stdbool.h>

/* [init] */
void mt_untraced_prepare(void);

/* [signal-safe] This process, or a vfork child on its memory, is about to execute `file`, looked
 * for in PATH if `searches`. True if it is noted as untraced: if the exec fails,
 * `mt_untraced_retract`. */
bool mt_untraced_exec(const char *file, bool searches, char *const environment[]);

#endif
