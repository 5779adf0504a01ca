/*
 * writer_role.h: the writer's role in a process that has no writer task: whichever thread finds
 * work to do takes the role, does it, and gives the role back. There is one role; it changes hands
 * by compare-and-swap, and its holder runs on a stack of its own with all signals blocked, so that
 * it always comes to an end, whatever the program's stacks and handlers are like. The work itself
 * is the writer's, which says at its start what that is: nothing here or below knows the writer.
 */
#ifndef MEMTRACE_WRITER_ROLE_H
#define MEMTRACE_WRITER_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

/* True while threads write the trace themselves. Changed by the holder of the role alone. */
extern uint32_t mt_role_inline;

static inline bool mt_role_is_inline(void) {
  return mt_unlikely(mt_load_acquire(&mt_role_inline) != 0);
}

/* [init] What the role's holder does, and what is to be done when the writer's task has ended by
 * itself. */
void mt_role_set_work(void (*work)(void), void (*task_lost)(void));

/* [hook] Has a round of the writer's work done by the calling thread, unless another is at it. */
void mt_role_work(void);

/* [hook] In a process without the task: when the clock is stale, sets it and does a round. */
void mt_role_tick(void);

/* [hook] A task that was ended from outside (a seccomp filter's doing) will never answer: has what
 * that takes done if `task`, the word that the kernel clears, says so. */
void mt_role_look_after_task(const uint32_t *task);

/* [hook] Takes the role if it is free; false if it is not. Blocks all signals until given back. */
bool mt_role_try(void);

/* [any, not in a hook] Takes the role as soon as it is free. */
void mt_role_take(void);

/* [hook] Calls `work` on the role's stack. Its holder only. */
void mt_role_call(void (*work)(void));

/* [hook] Gives the role back. */
void mt_role_give(void);

/* [hook] In the child of a fork: nobody holds the role. */
void mt_role_forget(void);

#endif
