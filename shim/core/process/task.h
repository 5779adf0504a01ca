/*
 * task.h: a kernel task in this process that the C library does not know. It shares memory with the
 * program but neither descriptors nor working directory, and blocks all signals. Its code must not
 * use thread-local storage or anything of libc that does (errno, malloc, stdio, cancellation).
 */
#ifndef MEMTRACE_TASK_H
#define MEMTRACE_TASK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * [init] [hook] Runs `body`, which never returns, in a new task. Its tid or -errno. The kernel sets
 * *alive to the tid, and to 0 when the task has ended, however that came about.
 */
int mt_task_start(void (*body)(void), uint32_t *alive);

/* [hook] Runs `body` in the calling thread, on the stack that a task would have: no task may be
 * running, and no other thread be in here. Signals are blocked. Returns when it has returned. */
void mt_task_call(void (*body)(void));

/* [init] [hook] Maps that stack if it is not yet there. False when there is no memory. */
bool mt_task_prepare(void);

#endif
