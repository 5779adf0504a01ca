/* child_waits.h: what child_waits.c prepares before a program can call it. */
#ifndef MEMTRACE_CHILD_WAITS_H
#define MEMTRACE_CHILD_WAITS_H

/* [init] Finds the functions that the hooks hand on to. */
void mt_wait_find_next(void);

#endif
