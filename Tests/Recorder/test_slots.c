/*
 * test_slots.c: the places for threads (rings/slots.h): each is one thread's, used again before a
 * new one, and none is handed out before the writer has made its ring usable.
 */
#include <pthread.h>
#include <sched.h>

#include "expect.h"
#include "file/live_region.h"
#include "process/state.h"
#include "rings/doorbell.h"
#include "rings/slots.h"

enum { SLOTS = 64, THREADS = 8, ROUNDS = 200000 };

static void begin(uint32_t slots, uint32_t ready) {
  mt_slots_forget();
  mt_live_region.ring_slots = slots;
  mt_live_region.ring_ready = ready;
  mt_doorbell.task = 1; /* the test is the writer */
  mt_state_set(MT_STATE_RECORDING);
}

static void test_order(void) {
  begin(3, 3);
  expect_number(mt_slots_take(), 0);
  expect_number(mt_slots_take(), 1);
  expect_number(mt_slots_used(), 2);
  mt_slots_give_back(0);
  expect_number(mt_slots_take(), 0);
  expect_number(mt_slots_used(), 2);
  expect_number(mt_slots_take(), 2);
  expect_number(mt_slots_take(), MT_NO_SLOT);
  expect(!mt_slots_note_end(), "one thread's end is no reason to wake the writer");
  mt_slots_release(1);
  expect_number(mt_slots_take(), 1);
  expect_number(mt_slots_take(), MT_NO_SLOT);
  mt_slots_forget();
  expect_number(mt_slots_used(), 0);
}

/* Of many ended threads the writer hears now and then. */
static void test_ends(void) {
  begin(SLOTS, SLOTS);
  unsigned told = 0;
  for (unsigned i = 0; i < SLOTS; i++) told += mt_slots_note_end();
  expect(told > 0 && told < SLOTS / 2, "the writer is told %u times", told);
}

/* ---- Threads that take and give back ---- */

static uint32_t owners[SLOTS];
static uint32_t clashes, taken;

static void *take_and_give_back(void *unused) {
  (void)unused;
  for (unsigned i = 0; i < ROUNDS; i++) {
    uint32_t slot = mt_slots_take();
    if (slot == MT_NO_SLOT) continue;
    if (mt_add_acq_rel(&owners[slot], 1) != 0) mt_add_relaxed(&clashes, 1);
    mt_add_relaxed(&taken, 1);
    if (i % 64 == 0) sched_yield();
    mt_add_acq_rel(&owners[slot], -1u);
    mt_slots_give_back(slot);
  }
  return NULL;
}

static void test_threads(void) {
  begin(THREADS - 2, THREADS - 2); /* fewer than threads */
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, take_and_give_back, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  expect_number(clashes, 0);
  expect(taken > ROUNDS, "%u times a slot was taken", taken);
  expect(mt_slots_used() <= THREADS - 2, "no slot beyond the last");
  bool seen[THREADS] = {false};
  uint32_t slot;
  unsigned free = 0;
  for (; (slot = mt_slots_take()) != MT_NO_SLOT; free++) {
    expect(!seen[slot], "slot %u is free once", slot);
    seen[slot] = true;
  }
  expect_number(free, THREADS - 2);
}

/* ---- Rings that are not there yet ---- */

static void *reserve(void *unused) {
  (void)unused;
  while (mt_load_acquire(&mt_doorbell.waiters) == 0) sched_yield();
  mt_store_release(&mt_live_region.ring_ready, 2);
  mt_doorbell_answer();
  return NULL;
}

static void *give_up(void *unused) {
  (void)unused;
  while (mt_load_acquire(&mt_doorbell.waiters) == 0) sched_yield();
  mt_state_set(MT_STATE_OFF);
  mt_doorbell_answer();
  return NULL;
}

static void test_waiting(void) {
  begin(4, 1);
  expect_number(mt_slots_take(), 0);
  pthread_t writer;
  pthread_create(&writer, NULL, reserve, NULL);
  expect_number(mt_slots_take(), 1);
  expect(mt_live_region.ring_ready == 2, "the slot waited for its ring");
  pthread_join(writer, NULL);
  pthread_create(&writer, NULL, give_up, NULL);
  expect_number(mt_slots_take(), MT_NO_SLOT);
  pthread_join(writer, NULL);
  mt_state_set(MT_STATE_RECORDING);
  mt_live_region.ring_ready = 4;
  expect_number(mt_slots_take(), 2); /* which was given back */
}

int main(void) {
  test_order();
  test_ends();
  test_threads();
  test_waiting();
  return expect_status();
}
