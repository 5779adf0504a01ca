/* ring.c: see ring.h. */
#include "rings/ring.h"

#include <string.h>

#include "base/sys.h"
#include "process/state.h"
#include "rings/clock.h"
#include "rings/doorbell.h"
#include "rings/turns.h"

/* Words that the thread's ring holds. */
static uint64_t capacity(const struct mt_thread *thread) {
  return (uint64_t)(thread->words_end - thread->words);
}

/* Words that its ring has blocks for, counted from the first. */
static uint64_t usable(const struct mt_thread *thread) {
  return mt_load_acquire(&mt_live_region.ring_words[thread->slot]); /* pairs with live_region.c */
}

/* Waits until the writer has given the ring more words than `seen`; `wanted` is what is needed. */
static void wait_for_growth(const struct mt_thread *thread, uint64_t seen, uint64_t wanted) {
  mt_store_release(&mt_live_region.ring_wanted[thread->slot], (uint32_t)wanted);
  do {
    mt_doorbell_wait_for_drain(&thread->ring->tail, mt_load_acquire(&thread->ring->tail));
  } while (usable(thread) == seen && !mt_state_is_off() && !mt_sys_is_forbidden());
}

static uint64_t wait_for_writer(struct mt_thread *thread, uint64_t tail) {
  uint64_t start = mt_sys_clock_ns(CLOCK_MONOTONIC);
  mt_add_relaxed(&mt_live_counters()[MT_COUNTER_RING_WAITS], 1);
  do {
    mt_doorbell_wait_for_drain(&thread->ring->tail, tail);
    tail = mt_load_acquire(&thread->ring->tail);
  } while (thread->head - tail > capacity(thread) / 2 && !mt_state_is_off() &&
           !mt_sys_is_forbidden());
  uint64_t waited = mt_sys_clock_ns(CLOCK_MONOTONIC) - start;
  mt_add_relaxed(&mt_live_counters()[MT_COUNTER_RING_WAIT_NS], waited);
  return tail;
}

/* Threads that fill their rings, or what young ones have of them, wake the writer in time, and not
 * with every event. `at` is where the thread writes, of `ready` words. */
static void wake_writer(struct mt_thread *thread, uint64_t used, uint64_t at, uint64_t ready) {
  bool is_young = ready != capacity(thread);
  if (used <= capacity(thread) / 2 && !(is_young && at >= ready / 2)) return;
  if (thread->head - thread->rung_at < ready / 4) return;
  thread->rung_at = thread->head;
  mt_doorbell_ring();
}

uint64_t *mt_ring_make_room(struct mt_thread *thread, uint32_t words, bool may_drop) {
  /* Every event that needs room comes this way after a few others: it has the right time. */
  if (mt_clock_check(thread)) mt_thread_write_time(thread, mt_load_relaxed(&mt_hot->clock_ns));
  for (;;) {
    uint64_t tail = mt_load_acquire(&thread->ring->tail); /* pairs with the writer's release */
    uint64_t used = thread->head - tail;
    uint64_t free = capacity(thread) - used;
    uint64_t to_end = (uint64_t)(thread->words_end - thread->next);
    uint64_t ready = usable(thread), at = (uint64_t)(thread->next - thread->words);
    wake_writer(thread, used, at, ready);
    if (mt_unlikely(ready != capacity(thread))) { /* a young ring, in its first round */
      if (at + words > ready) {
        if (mt_state_is_off() || mt_sys_is_forbidden()) return NULL;
        wait_for_growth(thread, ready, at + words);
        continue;
      }
      to_end = ready - at;
    }
    if (to_end < words && free >= to_end) {
      memset(thread->next, 0, to_end * sizeof *thread->next);       /* MT_RAW_PAD */
      mt_store_release(&thread->ring->head, thread->head + to_end); /* in mt_ring_publish's order */
      mt_signal_fence();
      thread->next = thread->words;
      thread->limit = thread->words;
      mt_signal_fence();
      thread->head += to_end;
      continue;
    }
    if (to_end >= words && free >= words) {
      uint64_t room = to_end < free ? to_end : free;
      uint64_t unchecked = thread->unchecked_words < words ? words : thread->unchecked_words;
      thread->limit = thread->next + (room < unchecked ? room : unchecked);
      return thread->next;
    }
    /* In a pause rings are still emptied. */
    if (may_drop || mt_state_is_off() || mt_sys_is_forbidden()) return NULL;
    wait_for_writer(thread, tail);
  }
}

void mt_ring_recover(struct mt_thread *thread) {
  uint64_t published = mt_load_relaxed(&thread->ring->head);
  if (published != thread->head) { /* the words at `head` are in the ring: were they counted? */
    uint64_t at = thread->head, kind;
    do { /* a stamp and a prefix may come ahead of the event */
      kind = thread->words[at++ % capacity(thread)] >> MT_RAW_KIND_SHIFT;
    } while ((kind == MT_RAW_TURN || kind == MT_RAW_PREFIX) && at < published);
    if (kind == MT_RAW_ALLOCATE || kind == MT_RAW_REALLOCATE) {
      thread->sequence = thread->sequence_after;
    }
  }
  mt_turn_recover(thread, published);
  thread->head = published;
  thread->next = thread->words + published % capacity(thread);
  thread->limit = thread->next;
}
