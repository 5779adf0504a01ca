/* python_callers.c: see python_callers.h. */
#include "unwind/python_callers.h"

#include "python/stack.h"
#include "stacks/stacks.h"
#include "unwind/unwind_parts.h"

/* The kept stack's outermost frame that is recorded. */
static const struct mt_frame *outermost(const struct mt_unwind_thread *thread) {
  return thread->cut != NULL ? thread->cut : thread->sentinel - 1;
}

static int64_t depth_of(const void *context, uint64_t address, int64_t guess) {
  const struct mt_unwind_thread *thread = context;
  const struct mt_frame *low = thread->leaf, *high = outermost(thread) + 1;
  bool has_mark = thread->cut != NULL || thread->end_node != MT_STACK_ROOT;
  int64_t above = guess - (has_mark ? 1 : 0);
  if (above > 0 && above < high - low) {
    const struct mt_frame *guessed = high - 1 - above;
    if (mt_likely(address >= guessed->sp && address < guessed[1].sp)) return guess;
  }
  /* The last frame that begins at or below the address; a frame's words end where the next one's
   * begin. The sentinel's are none. */
  while (high - low > 1) {
    const struct mt_frame *middle = low + (high - low) / 2;
    if (middle->sp <= address)
      low = middle;
    else
      high = middle;
  }
  bool is_beyond = low == outermost(thread) && address >= low[1].sp;
  if (address < low->sp || is_beyond) return -1;
  return outermost(thread) - low + (has_mark ? 1 : 0);
}

uint32_t mt_python_callers(struct mt_unwind_thread *thread, struct mt_sink *sink, uint32_t node) {
  if (thread->leaf == thread->sentinel || thread->leaf->node != node) return node;
  struct mt_python_native native = {depth_of, thread};
  uint32_t python;
  if (!mt_python_stack(&thread->python, sink, &native, &python)) {
    mt_unwind_count(mt_python_is_unknown() ? MT_COUNTER_PYTHON_UNKNOWN : MT_COUNTER_PYTHON_BROKEN);
    return node;
  }
  if (python == MT_STACK_ROOT) return node;
  uint64_t beside =
      MT_PC_RECORDED | (uint64_t)MT_LOCATION_BESIDE << MT_PC_LOCATION_KIND_SHIFT | python;
  return mt_unwind_intern(thread, sink, node, beside, 0);
}
