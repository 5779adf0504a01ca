/*
 * ring.h: a thread's end of its ring: room for words, and their publication. One producer, the
 * thread itself; one consumer, the writer. Nothing here waits but mt_ring_make_room on a full ring.
 */
#ifndef MEMTRACE_RING_H
#define MEMTRACE_RING_H

#include "process/options.h"
#include "rings/thread.h"

/* The slow half of mt_ring_room, every few events: looks at the time, takes back what the writer
 * has consumed, or waits for it unless `may_drop`. */
uint64_t *mt_ring_make_room(struct mt_thread *thread, uint32_t words, bool may_drop);

/* True if `words` words fit without reading the ring's tail, the usual case. */
static inline bool mt_ring_has_room(const struct mt_thread *thread, uint32_t words) {
  if (mt_unlikely(thread->limit - thread->next < (ptrdiff_t)words)) return false;
  if (thread->next == NULL) __builtin_unreachable(); /* so that callers need not test for it */
  return true;
}

/*
 * [hook] Room for `words` (at most a quarter of a ring) contiguous words. NULL when events are to
 * be dropped rather than waited for, or recording is over; the loss is the caller's to count.
 */
static inline uint64_t *mt_ring_room(struct mt_thread *thread, uint32_t words) {
  if (mt_ring_has_room(thread, words)) return thread->next;
  return mt_ring_make_room(thread, words, mt_options.drop_when_full);
}

/* [hook] The same for what later events build upon: never dropped for want of room. */
static inline uint64_t *mt_ring_room_for_definition(struct mt_thread *thread, uint32_t words) {
  if (mt_ring_has_room(thread, words)) return thread->next;
  return mt_ring_make_room(thread, words, false);
}

/*
 * [hook] Publishes `words` words written at the address that mt_ring_room returned.
 *
 * One store makes them part of the ring; what the thread itself keeps follows it, `head` last. So a
 * hook that never comes back, because a signal handler left it by siglongjmp, leaves a ring that is
 * whole, and a `head` that tells whether the rest was done (mt_ring_recover).
 */
static inline void mt_ring_publish(struct mt_thread *thread, uint32_t words) {
  mt_store_release(&thread->ring->head, thread->head + words); /* pairs with the writer's acquire */
  mt_signal_fence();
  thread->next += words;
  mt_signal_fence();
  thread->head += words;
}

/* [hook] The same for the words of one allocation, which is counted. */
static inline void mt_ring_publish_allocation(struct mt_thread *thread, uint32_t words) {
  uint32_t sequence = thread->sequence + 1;
  thread->sequence_after = sequence;
  mt_store_release(&thread->ring->head, thread->head + words); /* pairs with the writer's acquire */
  mt_signal_fence();
  thread->sequence = sequence;
  thread->next += words;
  mt_signal_fence();
  thread->head += words;
}

/* [hook] Makes the thread's fields agree with its ring after a hook that was left in the middle. */
void mt_ring_recover(struct mt_thread *thread);

#endif
