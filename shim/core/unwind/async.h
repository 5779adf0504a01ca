/*
 * async.h: the callers of a Swift async function. Such a function is never called, it is jumped to:
 * by its caller, by what it awaits, or by a thread that resumes its task. The native stack leads
 * from it straight to the runtime's job loop. Who awaits it stands in its async context, two words
 * in memory: the awaiting function's context, and where that function goes on.
 *
 * Two things are known by their machine code alone, in any build and whatever the runtime is called
 * or linked into: the call that resumes a task, and a frame that keeps its context at [bp - 8].
 * Elsewhere the context stands in r14, which is followed through the frames above it. A program
 * that never makes that call pays for none of this.
 */
#ifndef MEMTRACE_ASYNC_H
#define MEMTRACE_ASYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "unwind/frames.h"

/*
 * [hook] Is this the call that resumes a task? `address` is its last byte. Asks for the
 * MT_RULE_TASK of a rule that is being learnt.
 */
bool mt_async_is_task_call(uint64_t address);

/*
 * [hook] The kept stack has changed: finds its innermost call that resumes a task. `is_resumed`:
 * such a call is among the new frames.
 */
void mt_async_kept_changed(struct mt_unwind_thread *thread, bool is_resumed);

/*
 * [hook] Extends the stack `node`, the kept one of `thread`, by its async callers, as
 * trace_format.h says at MT_PC_ASYNC. Returns `node` when it has none, or none that can be read.
 */
uint32_t mt_async_callers(struct mt_unwind_thread *thread, struct mt_sink *sink, uint32_t node);

#endif
