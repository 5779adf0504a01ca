/* cut.c: see cut.h. */
#include "unwind/cut.h"

#include <stddef.h>

#include "unwind/unwind.h"

/* Under a smaller limit a deeper stack has exactly so many frames: all of them are soon interned.
 */
#define LIMIT_TO_CHOOSE_UNDER 64u

/* Of the loader: where the first thread's stack began. */
extern void *__libc_stack_end __attribute__((weak));

/*
 * Where the stack of this address begins, about: other runs and other threads have other addresses,
 * and are to be cut at the same frames. glibc has a thread's own variables at its stack's end; the
 * first thread's stack is above all else.
 */
static uint64_t origin_of(uint64_t sp) {
  uint64_t own = (uint64_t)(uintptr_t)&mt_unwind_in_libunwind;
  if (sp < own) return own;
  return &__libc_stack_end == NULL ? 0 : (uint64_t)(uintptr_t)__libc_stack_end;
}

static inline uint64_t distance_from_caller(const struct mt_unwind_thread *thread,
                                            const struct mt_frame *frame) {
  return (thread->origin - frame->sp) ^ (thread->origin - frame[1].sp);
}

/* The best place to cut at among these frames and `best`, which lies below them or is NULL. */
static const struct mt_frame *better_cut(const struct mt_unwind_thread *thread,
                                         const struct mt_frame *best, const struct mt_frame *frame,
                                         const struct mt_frame *end) {
  uint64_t most = best == NULL ? 0 : distance_from_caller(thread, best);
  for (; frame < end; frame++) {
    uint64_t distance = distance_from_caller(thread, frame);
    if (distance < most) continue;
    most = distance;
    best = frame;
  }
  return best;
}

const struct mt_frame *mt_cut_choose(struct mt_unwind_thread *thread, const struct mt_frame *leaf,
                                     const struct mt_frame *joined, uint32_t depth) {
  if (depth < LIMIT_TO_CHOOSE_UNDER) return leaf + depth - 1;
  const struct mt_frame *first = leaf + depth / 2, *end = leaf + depth;
  const struct mt_frame *kept = thread->cut, *known = thread->cut_leaf + depth / 2;
  const struct mt_frame *known_end = thread->cut_leaf + depth, *cut = NULL;
  uint64_t origin = origin_of(leaf->sp);
  bool can_stay = kept != NULL && kept >= joined && kept >= first && kept < end;
  if (!can_stay || origin != thread->origin) {
    thread->origin = origin;
    cut = better_cut(thread, NULL, first, end);
  } else {
    cut = better_cut(thread, NULL, first, known > joined ? known : joined);
    cut = better_cut(thread, cut, kept, kept + 1);
    cut = better_cut(thread, cut, known_end > first ? known_end : first, end);
  }
  thread->cut_leaf = leaf;
  return cut;
}
