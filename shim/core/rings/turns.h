/*
 * turns.h: what orders the events of different threads, without a clock. The process counts turns.
 * A hook stamps its thread's ring when the turn has changed since the thread's last stamp, and
 * takes a new turn where it must be known what came first: with a thread's first event, a mark, a
 * block or blocks of many bytes, a certain number of events, and the release of a block that
 * another thread allocated in the very same turn. The writer merges rings by their stamps
 * (writer/merge.h). "Order" in trace_format.h says what follows for a reader.
 *
 * Used from a process's second thread on, as ownership.h is. Everything here is [hook].
 */
#ifndef MEMTRACE_TURNS_H
#define MEMTRACE_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/atomics.h"
#include "file/trace_file.h"
#include "process/state.h"
#include "rings/thread.h"
#include "trace_format.h"

/* Bytes that a thread allocates without a turn, as a rule and at most; where turns are too
 * frequent, the writer goes from one to the other. Each event counts for MT_TURN_EVENT_BYTES more.
 */
#define MT_TURN_BYTES (16u << 10)
#define MT_TURN_BYTES_MAX (64u << 10)
#define MT_TURN_EVENT_BYTES 64u

/* No turn: the thread has no stamp that counts. */
#define MT_TURN_NEVER UINT64_MAX
/* No stamp is in the ring. */
#define MT_STAMP_NONE UINT64_MAX

/*
 * Of a thread's last stamp: the turn, and the low bits of the sequence of the first allocation that
 * may share this turn with events of others. Written by the owner of the slot, read by hooks that
 * release its blocks; in a cache line of its own, which is written with a stamp only.
 */
struct __attribute__((aligned(MT_APART))) mt_stamped {
  uint64_t stamp;
};
extern MT_NEAR_DATA struct mt_stamped mt_stamped[MT_RING_SLOTS_MAX];

/* The half of mt_turn_stamp that is rarely taken: writes a stamp. */
void mt_turn_write_stamp(struct mt_thread *thread, uint64_t *word, uint64_t cost, bool take,
                         uint32_t allocations);

/* True if the thread's next event needs no stamp; the event is then counted. `bytes`: the size of
 * an allocation, 0 for other events. */
static inline bool mt_turn_continues(struct mt_thread *thread, uint64_t bytes) {
  uint64_t cost = bytes + MT_TURN_EVENT_BYTES;
  if (mt_load_relaxed(&mt_hot->turn) != thread->turn || cost >= thread->turn_room) return false;
  thread->turn_room -= cost;
  return true;
}

/*
 * Writes a stamp to `word` if one is due; returns how many words that took, 0 or 1. The caller
 * publishes it together with its event, which is `allocations` (0 or 1) allocations of `bytes`
 * bytes. `take`: the event has a turn of its own.
 */
static inline uint32_t mt_turn_stamp(struct mt_thread *thread, uint64_t *word, uint64_t bytes,
                                     bool take, uint32_t allocations) {
  if (!take && mt_turn_continues(thread, bytes)) return 0;
  mt_turn_write_stamp(thread, word, bytes + MT_TURN_EVENT_BYTES, take, allocations);
  return 1;
}

/*
 * True when the release of another thread's block is to have a turn of its own: the allocation with
 * these low bits of its sequence, by the owner of `slot`, may be of the present turn; or a stamp is
 * due anyway, and what the others do next is to stand behind this release. The owner's stamp is
 * read first: of a turn that it names, the present one is that or a later one.
 */
static inline bool mt_turn_orders_release(const struct mt_thread *thread, uint32_t slot,
                                          uint32_t sequence) {
  const uint32_t mask = (1u << MT_RAW_SEQUENCE_BITS) - 1;
  uint64_t stamp = mt_load_acquire(&mt_stamped[slot].stamp); /* pairs with mt_turn_write_stamp */
  uint64_t turn = mt_load_relaxed(&mt_hot->turn);
  if (turn != thread->turn) return true;
  bool same_turn = (stamp ^ turn << MT_RAW_SEQUENCE_BITS) >> MT_RAW_SEQUENCE_BITS == 0;
  return same_turn && ((sequence - (uint32_t)stamp) & mask) <= mask / 2;
}

/* After the thread's last event: whatever happens from now on is of a later turn. */
static inline void mt_turn_end(const struct mt_thread *thread) {
  if (thread->shared) mt_add_acq_rel(&mt_hot->turn, 1);
}

/* The thread has a ring without a stamp. */
static inline void mt_turn_forget(struct mt_thread *thread) {
  thread->turn = MT_TURN_NEVER;
  thread->last_stamp = MT_STAMP_NONE;
  mt_store_relaxed(&thread->ring->last_turn, MT_STAMP_NONE);
}

/* After a hook was left in the middle, with `published` words in the ring: a stamp that was not
 * published is none, and the next event gets one. */
void mt_turn_recover(struct mt_thread *thread, uint64_t published);

#endif
