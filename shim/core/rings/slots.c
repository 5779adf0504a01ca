/* slots.c: see slots.h. */
#include "rings/slots.h"

#include "base/atomics.h"
#include "base/sys.h"
#include "file/live_region.h"
#include "process/state.h"
#include "rings/doorbell.h"

#define ENDED_SLOTS_MAX 16u  /* beyond it a new thread waits for the slot of one */
#define ENDED_SLOTS_NUDGE 8u /* as often the writer is woken up */
#define ENDED_WAITS_MAX 4u

static struct {
  uint32_t used;      /* slots given out at least once */
  uint32_t ended;     /* slots whose threads have ended, and that are not free yet */
  uint64_t free_list; /* change count (high 32 bits), slot + 1 (low; 0: empty) */
  uint32_t free_next[MT_RING_SLOTS_MAX];
} slots;

void mt_slots_forget(void) {
  slots.used = 0;
  slots.ended = 0;
  slots.free_list = 0;
}

uint32_t mt_slots_used(void) { return mt_load_acquire(&slots.used); }

bool mt_slots_note_end(void) {
  return mt_add_relaxed(&slots.ended, 1) % ENDED_SLOTS_NUDGE == ENDED_SLOTS_NUDGE - 1;
}

static uint32_t take_free_slot(void) {
  uint64_t list = mt_load_acquire(&slots.free_list);
  while ((uint32_t)list != 0) {
    uint32_t slot = (uint32_t)list - 1;
    uint64_t rest = ((list >> 32) + 1) << 32 | mt_load_relaxed(&slots.free_next[slot]);
    if (mt_cas_acq_rel(&slots.free_list, &list, rest)) return slot;
  }
  return MT_NO_SLOT;
}

void mt_slots_give_back(uint32_t slot) {
  uint64_t list = mt_load_acquire(&slots.free_list);
  uint64_t longer;
  do {
    mt_store_relaxed(&slots.free_next[slot], (uint32_t)list);
    longer = ((list >> 32) + 1) << 32 | (slot + 1);
  } while (!mt_cas_acq_rel(&slots.free_list, &list, longer));
}

void mt_slots_release(uint32_t slot) {
  mt_add_relaxed(&slots.ended, -1u);
  mt_slots_give_back(slot);
}

/* A slot that was never used; MT_NO_SLOT when there is none. */
static uint32_t take_new_slot(void) {
  uint32_t slot = mt_load_acquire(&slots.used);
  do {
    if (slot >= mt_load_relaxed(&mt_live_region.ring_slots)) return MT_NO_SLOT;
  } while (!mt_cas_acq_rel(&slots.used, &slot, slot + 1));
  mt_doorbell_ring();
  return slot;
}

/*
 * A free slot, MT_NO_SLOT when there is none. Where many threads have just ended, one of theirs is
 * worth a wait: a slot used for the first time is memory that is never given back.
 */
static uint32_t take_used_slot(void) {
  for (unsigned wait = 0;; wait++) {
    uint64_t seen = mt_load_acquire(&slots.free_list);
    uint32_t slot = take_free_slot();
    bool worth_waiting = mt_load_relaxed(&slots.ended) > ENDED_SLOTS_MAX && wait < ENDED_WAITS_MAX;
    if (slot != MT_NO_SLOT || !worth_waiting || mt_state_is_off()) return slot;
    mt_doorbell_wait_for_drain(&slots.free_list, seen);
  }
}

uint32_t mt_slots_take(void) {
  if (mt_sys_is_forbidden()) return MT_NO_SLOT; /* nobody would answer */
  uint32_t slot = take_used_slot();
  if (slot == MT_NO_SLOT) slot = take_new_slot();
  if (slot == MT_NO_SLOT) return MT_NO_SLOT;
  while (slot >= mt_load_acquire(&mt_live_region.ring_ready)) { /* pairs with trace_file.c */
    if (mt_load_relaxed(&mt_hot->state) == MT_STATE_PAUSED) {
      mt_state_wait_while_paused();
    } else if (slot >= mt_load_relaxed(&mt_live_region.ring_slots) || mt_state_is_off()) {
      if (slot < mt_live_region.ring_slots) mt_slots_give_back(slot);
      return MT_NO_SLOT;
    } else {
      mt_doorbell_wait_for_rings(slot);
    }
  }
  return slot;
}
