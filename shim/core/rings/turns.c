/* turns.c: see turns.h. */
#include "rings/turns.h"

struct mt_stamped mt_stamped[MT_RING_SLOTS_MAX];

#define SEQUENCE_MASK ((UINT64_C(1) << MT_RAW_SEQUENCE_BITS) - 1)
#define TURN_MASK ((UINT64_C(1) << MT_RAW_TURN_BITS) - 1)

static uint64_t capacity(const struct mt_thread *thread) {
  return (uint64_t)(thread->words_end - thread->words);
}

void mt_turn_write_stamp(struct mt_thread *thread, uint64_t *word, uint64_t cost, bool take,
                         uint32_t allocations) {
  /* A handler that interrupted a hook stands between its thread's events: each of its own has a
   * turn, so that they find their places. */
  uint64_t room = thread->is_nested ? 0 : mt_load_relaxed(&mt_hot->turn_bytes);
  uint64_t turn = mt_load_relaxed(&mt_hot->turn);
  if (cost >= (turn == thread->turn ? thread->turn_room : room)) take = true;
  if (thread->turn == MT_TURN_NEVER) take = true;
  if (take) {
    turn = mt_add_acq_rel(&mt_hot->turn, 1) + 1;
    thread->turn_room = room;
  } else {
    thread->turn_room = room - cost;
  }
  uint64_t at = thread->head + (uint64_t)(word - thread->next);
  uint64_t back =
      thread->last_stamp == MT_STAMP_NONE ? MT_RAW_TURN_NO_BACK : at - thread->last_stamp;
  if (back > MT_RAW_TURN_NO_BACK) back = MT_RAW_TURN_NO_BACK;
  *word = (uint64_t)MT_RAW_TURN << MT_RAW_KIND_SHIFT | back << MT_RAW_TURN_BACK_SHIFT |
          (turn & TURN_MASK) | (take ? UINT64_C(1) << MT_RAW_TURN_TAKEN_SHIFT : 0);
  mt_signal_fence(); /* a handler may leave by siglongjmp anywhere: see mt_turn_recover */
  mt_store_release(&thread->ring->last_turn, at); /* pairs with the acquire in stager.c */
  mt_signal_fence();
  thread->last_stamp = at;
  thread->turn = turn;
  uint32_t first = thread->sequence + (take ? allocations : 0);
  mt_store_release(&mt_stamped[thread->slot].stamp, /* pairs with mt_turn_orders_release */
                   turn << MT_RAW_SEQUENCE_BITS | (first & SEQUENCE_MASK));
}

void mt_turn_recover(struct mt_thread *thread, uint64_t published) {
  if (thread->last_stamp != MT_STAMP_NONE && thread->last_stamp >= published) {
    uint64_t word = thread->words[thread->last_stamp % capacity(thread)];
    uint64_t back = word >> MT_RAW_TURN_BACK_SHIFT & 0xffff;
    thread->last_stamp = back == MT_RAW_TURN_NO_BACK ? MT_STAMP_NONE : thread->last_stamp - back;
  }
  mt_store_relaxed(&thread->ring->last_turn, thread->last_stamp);
  thread->turn = MT_TURN_NEVER;
}
