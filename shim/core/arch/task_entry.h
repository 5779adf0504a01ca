/*
 * task_entry.h: how a kernel task of this process begins that the C library does not know.
 *
 * MT_THREAD_HEAD_BYTES  of a thread block's head, on which code that is compiled against libc
 * relies
 */
#ifndef MEMTRACE_ARCH_TASK_ENTRY_H
#define MEMTRACE_ARCH_TASK_ENTRY_H

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

/* [hook] Makes at `head` the head of a thread block like the calling thread's, as the new task's
 * own. */
static inline void mt_copy_thread_head(uint64_t *head);

/*
 * [hook] clone(2) with a new stack, which ends at `stack_end`: the child calls `body` and never
 * comes back. `thread_head` becomes its thread block, if `flags` say so; `tid_word` is the kernel's
 * to set and to clear. The task's id, or -errno.
 */
static inline long mt_clone_onto(unsigned long flags, char *stack_end, void (*body)(void),
                                 void *thread_head, uint32_t *tid_word);

#if defined(__x86_64__)
#include "arch/x86_64/task_entry.h"
#elif defined(__aarch64__)
#include "arch/aarch64/task_entry.h"
#endif

#endif
