/* unwind.c: see unwind.h. Configuration, thread states, and the choice between the ways. */
#include "unwind/unwind.h"

#include "base/page.h"
#include "modules/modules.h"
#include "python/stack.h"
#include "unwind/async.h"
#include "unwind/branches.h"
#include "unwind/unwind_parts.h"

/* A recursion at the limit can go so much deeper, or come back, without a new walk. */
#define SLACK(depth) ((depth) / 4 + 8)
#define MT_STEADY_NEVER UINT64_MAX /* no generation ever */

struct mt_unwind_config mt_unwind_config = {
    .mode = MT_UNWIND_FAST,
    .depth = MT_DEPTH_DEFAULT,
    .reach = MT_DEPTH_DEFAULT + SLACK(MT_DEPTH_DEFAULT),
    .capacity = MT_DEPTH_DEFAULT + 2 * SLACK(MT_DEPTH_DEFAULT),
};

static enum mt_unwind_mode possible(enum mt_unwind_mode mode, bool libunwind) {
  bool by_rules = mode == MT_UNWIND_FAST || mode == MT_UNWIND_CHECK;
  if (by_rules && !mt_modules_supported()) return libunwind ? MT_UNWIND_LIBUNWIND : MT_UNWIND_FP;
  if (mode == MT_UNWIND_FP || libunwind) return mode;
  return MT_UNWIND_FAST;
}

enum mt_unwind_mode mt_unwind_configure(enum mt_unwind_mode mode, uint32_t depth,
                                        uint64_t *counters) {
  bool libunwind = mode != MT_UNWIND_FP && mt_libunwind_load();
  if (depth < 1) depth = 1;
  if (depth > MT_DEPTH_MAX) depth = MT_DEPTH_MAX;
  mt_unwind_config = (struct mt_unwind_config){
      .mode = possible(mode, libunwind),
      .depth = depth,
      .reach = depth + SLACK(depth),
      .capacity = depth + 2 * SLACK(depth),
      .counters = counters,
  };
  return mt_unwind_config.mode;
}

void mt_unwind_set_counters(uint64_t *counters) { mt_unwind_config.counters = counters; }

size_t mt_unwind_thread_bytes(void) {
  size_t capacity = mt_unwind_config.capacity, words = 1 + MT_FRAME_WORDS_MAX * capacity;
  return sizeof(struct mt_unwind_thread) + (2 * capacity + 1) * sizeof(struct mt_frame) +
         words * sizeof(struct mt_proof_word);
}

/* Nothing is kept: the leaf is the sentinel, which no frame is equal to. */
static void forget_kept(struct mt_unwind_thread *thread) {
  struct mt_frame *sentinel = &thread->frames[2 * (size_t)mt_unwind_config.capacity];
  struct mt_proof_word *end = (struct mt_proof_word *)(sentinel + 1);
  thread->leaf = thread->sentinel = sentinel;
  mt_signal_fence();
  mt_proof_set_never(end);
  *sentinel = (struct mt_frame){.sp = UINT64_MAX, .proof = end};
  thread->proof_end = end;
  thread->task = 0;
  thread->cut = NULL;
}

void mt_unwind_thread_reset(struct mt_unwind_thread *thread) {
  forget_kept(thread);
  mt_signal_fence();
  thread->readable = (struct mt_readable){0}; /* the next owner has another stack */
  thread->contexts = (struct mt_readable){0};
  thread->stale = 0;
  thread->is_interpreted = 0;
  mt_python_thread_reset(thread->python);
  for (unsigned i = 0; i < MT_RECENT_NODES; i++) thread->recent[i].pc = 0;
  mt_branches_forget(thread);
}

/*
 * The owner looks at `stale` only where it looks for more than the last stack once more: `steady`
 * sends it there. It may be at work meanwhile, but not on a stack that is being unmapped.
 */
void mt_unwind_forget(struct mt_unwind_thread *thread, uint64_t start, uint64_t end) {
  const struct mt_frame *leaf = thread->leaf, *root = thread->sentinel - 1;
  if (thread->sentinel == NULL) return; /* zeroed memory: nobody's yet */
  bool is_kept = leaf <= root && leaf->sp < end && start < root->sp + mt_page_bytes();
  if (!is_kept && !mt_readable_touches(&thread->readable, start, end) &&
      !mt_readable_touches(&thread->contexts, start, end)) {
    return;
  }
  mt_store_relaxed(&thread->stale, 1);
  mt_store_release(&thread->steady, MT_STEADY_NEVER);
}

uint32_t mt_unwind_with_libunwind(struct mt_unwind_thread *thread, struct mt_sink *sink,
                                  const struct mt_frame_start *start) {
  if (mt_unwind_config.mode == MT_UNWIND_LIBUNWIND) {
    return mt_unwind_libunwind(thread, sink, start);
  }
  uint32_t node = mt_unwind_check(thread, sink, start);
  return mt_unlikely(thread->task != 0) ? mt_async_callers(thread, sink, node) : node;
}
