/*
 * cut.h: where a stack that is deeper than the limit is cut: at the frame, of those that leave
 * between half the limit and all of it, whose place differs from its caller's in the highest bit.
 * That depends on nothing but where these frames lie, so a stack is cut at the same frame whenever
 * it comes, and a recursion keeps to one frame for about as many calls as there are frames below
 * it: what is interned below the cut stays, and a call costs a few steps on average instead of the
 * whole limit. Used by fast.c.
 */
#ifndef MEMTRACE_CUT_H
#define MEMTRACE_CUT_H

#include "unwind/frames.h"

/*
 * [hook] The outermost frame to record of the stack from `leaf` on, of which more than `depth`
 * frames are kept. Those from `joined` on were there when the thread's last cut was chosen: if that
 * can stay, only frames are looked at that could not be chosen then.
 */
const struct mt_frame *mt_cut_choose(struct mt_unwind_thread *thread, const struct mt_frame *leaf,
                                     const struct mt_frame *joined, uint32_t depth);

#endif
