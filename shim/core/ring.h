/*
 * ring.h: a thread's end of its ring: room for words, and their publication. One producer, the
 * thread itself; one consumer, the writer. Nothing here waits but mt_ring_make_room on a full ring.
 */
#ifndef MEMTRACE_RING_H
#define MEMTRACE_RING_H

#include "options.h"
#include "thread.h"

/* The slow half of mt_ring_room: takes back what the writer has consumed, or waits for it unless
 * `may_drop`. */
uint64_t *mt_ring_make_room(struct mt_thread *thread, uint32_t words, bool may_drop);

/*
 * [hook] Room for `words` (at most MT_RING_WORDS / 4) contiguous words. NULL when events are to be
 * dropped rather than waited for, or recording is over; the loss is the caller's to count.
 */
static inline uint64_t *mt_ring_room(struct mt_thread *thread, uint32_t words) {
  if (mt_likely(thread->limit - thread->next >= (ptrdiff_t)words)) return thread->next;
  return mt_ring_make_room(thread, words, mt_options.drop_when_full);
}

/* [hook] The same for what later events build upon: never dropped for want of room. */
static inline uint64_t *mt_ring_room_for_definition(struct mt_thread *thread, uint32_t words) {
  if (mt_likely(thread->limit - thread->next >= (ptrdiff_t)words)) return thread->next;
  return mt_ring_make_room(thread, words, false);
}

/* [hook] Publishes `words` words written at the address that mt_ring_room returned. */
static inline void mt_ring_publish(struct mt_thread *thread, uint32_t words) {
  thread->next += words;
  thread->head += words;
  mt_store_release(&thread->ring->head, thread->head); /* pairs with the writer's acquire */
}

#endif
