/*
 * inline_turn.h: the writer's role in a process that has no writer task: whichever thread finds
 * work to do takes the role, does it, and gives the role back. There is one role; it changes hands
 * by compare-and-swap, and its holder runs on a stack of its own with all signals blocked, so that
 * it always comes to an end, whatever the program's stacks and handlers are like.
 */
#ifndef MEMTRACE_INLINE_TURN_H
#define MEMTRACE_INLINE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

/* True while threads write the trace themselves. Changed by the holder of the role alone. */
extern uint32_t mt_role_inline;

static inline bool mt_role_is_inline(void) {
  return mt_unlikely(mt_load_acquire(&mt_role_inline) != 0);
}

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
