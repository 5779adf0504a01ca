/*
 * inline_turn.h: the writer's turn in a process that has no writer task: whichever thread finds
 * work to do takes the turn, does it, and gives the turn back. There is one turn; it changes hands
 * by compare-and-swap, and its holder runs on a stack of its own with all signals blocked, so that
 * it always comes to an end, whatever the program's stacks and handlers are like. The work itself
 * is the writer's, which says at its start what that is: nothing here or below knows the writer.
 */
#ifndef MEMTRACE_INLINE_TURN_H
#define MEMTRACE_INLINE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

/* True while threads write the trace themselves. Changed by the holder of the turn alone. */
extern uint32_t mt_inline_writing;

static inline bool mt_inline_is_on(void) {
  return mt_unlikely(mt_load_acquire(&mt_inline_writing) != 0);
}

/* [init] What the turn's holder does, and what is to be done when the writer's task has ended by
 * itself. */
void mt_inline_set_work(void (*work)(void), void (*task_lost)(void));

/* [hook] Has a round of the writer's work done by the calling thread, unless another is at it. */
void mt_inline_work(void);

/* [hook] In a process without the task: when the clock is stale, sets it and does a round. */
void mt_inline_tick(void);

/* [hook] A task that was ended from outside (a seccomp filter's doing) will never answer: has what
 * that takes done if `task`, the word that the kernel clears, says so. */
void mt_inline_check_task(const uint32_t *task);

/* [hook] Takes the turn if it is free; false if it is not. Blocks all signals until given back. */
bool mt_inline_turn_try(void);

/* [any, not in a hook] Takes the turn as soon as it is free. */
void mt_inline_turn_take(void);

/* [hook] Calls `work` on the turn's stack. Its holder only. */
void mt_inline_turn_call(void (*work)(void));

/* [hook] Gives the turn back. */
void mt_inline_turn_give(void);

/* [hook] In the child of a fork: nobody holds the turn. */
void mt_inline_turn_forget(void);

#endif
