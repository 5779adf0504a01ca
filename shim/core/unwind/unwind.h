/*
 * unwind.h: from a hook's caller to the number of its stack. Three parts make it fast and exact:
 * rules compiled from the modules' .eh_frame and cached by program counter (cfi.h, rule_cache.h);
 * the thread's previous stack, of which all that is proven unchanged is not walked again (proof.h,
 * branches.h); and libunwind for the rare frame that a rule cannot describe.
 */
#ifndef MEMTRACE_UNWIND_H
#define MEMTRACE_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/sink.h"
#include "modules/modules.h"
#include "unwind/frames.h"
#include "unwind/unwind_types.h"

/*
 * [init] Once, before any thread state exists. `depth` is clamped to [1, MT_DEPTH_MAX];
 * `counters` has MT_COUNTER_COUNT slots and lives as long as the process. Loads libunwind with
 * dlopen, so it allocates: the caller keeps its own hooks quiet meanwhile. Returns the mode in
 * force: without libunwind, LIBUNWIND and CHECK become FAST; where modules cannot be found
 * (mt_modules_supported), FAST and CHECK become LIBUNWIND, or FP without that.
 */
enum mt_unwind_mode mt_unwind_configure(enum mt_unwind_mode mode, uint32_t depth,
                                        uint64_t *counters);

/* [hook] Other counters from now on: for the child of a fork, whose trace is another. */
void mt_unwind_set_counters(uint64_t *counters);

/*
 * One thread's kept stack and scratch space: mt_unwind_thread_bytes() of memory, 16-byte aligned,
 * zeroed and then reset, owned by the caller, used by one thread at a time. Of the default 54 KB,
 * shallow stacks touch three to six pages.
 */

/* [hook] Valid after mt_unwind_configure. */
size_t mt_unwind_thread_bytes(void);

/* [hook] mt_unwind without looking first whether it is the last stack once more. */
uint32_t mt_unwind_full(struct mt_unwind_thread *thread, struct mt_sink *sink,
                        const struct mt_frame_start *start);

/*
 * [hook] The stack that starts at `start`, interned: new nodes and modules go to `sink` first. Must
 * be called (at any depth) from the hook that `start` describes. Not to be entered again on the
 * same state from a signal handler; a handler may jump out of it for good at any point.
 */
static inline __attribute__((always_inline)) uint32_t mt_unwind(
    struct mt_unwind_thread *thread, struct mt_sink *sink, const struct mt_frame_start *start) {
  struct mt_registers at = {start->sp, start->pc, start->bp};
  if (mt_likely(thread->steady == mt_modules_generation() && mt_frames_same(thread, &at)))
    return thread->leaf->node;
  struct mt_frame_start copy = *start; /* whose address may be known: *start stays in registers */
  return mt_unwind_full(thread, sink, &copy);
}

/* Not 0 while the calling thread is inside libunwind: what is allocated then is ours. */
extern __thread uint32_t mt_unwind_in_libunwind;

/* [hook] Makes a state fresh again: for a new owner, and after mt_stacks_reset. */
void mt_unwind_thread_reset(struct mt_unwind_thread *thread);

/*
 * [any] What [start, end) holds is about to be unmapped, moved or made unreadable: the state relies
 * on nothing that it has read there. Its owner may be any thread.
 */
void mt_unwind_forget(struct mt_unwind_thread *thread, uint64_t start, uint64_t end);

/*
 * [hook] What MT_UNWIND_CHECK found, as text: the first stacks that differed, one frame a line.
 * Empty when there was no difference. The text only grows.
 */
const char *mt_unwind_differences(size_t *bytes);

#endif
