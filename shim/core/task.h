/*
 * task.h: a kernel task in this process that the C library does not know. It shares memory with the
 * program but neither descriptors nor working directory, and blocks all signals. Its code must not
 * use thread-local storage or anything of libc that does (errno, malloc, stdio, cancellation).
 */
#ifndef MEMTRACE_TASK_H
#define MEMTRACE_TASK_H

/* [init] [hook] Runs `body`, which never returns, in a new task. Its tid or -errno. */
int mt_task_start(void (*body)(void));

#endif
