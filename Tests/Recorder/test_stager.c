/*
 * test_stager.c: threads hand one block on while the writer is between two steps of a round, and
 * one of them has its first ring only then. Their events must come in the order in which they
 * happened, though the round sees one ring and not the other. The writer has counted the rings and
 * looked at none (`count`), or looked at the first (`look`). Links the recorder's core, whose steps
 * are watched here.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file/live_region.h"
#include "hooks/record.h"
#include "process/options.h"
#include "recorder.h"
#include "rings/slots.h"

enum { HAND_OVERS = 100, BYTES = 2000 };

static atomic_int step; /* 1: the next such step is waited for; 2: it was made; 3: all is done */
static bool looks;
static atomic_bool second_is_there;

static void stand_still(void) {
  int due = 1;
  if (!atomic_compare_exchange_strong(&step, &due, 2)) return;
  while (atomic_load(&step) == 2) sched_yield();
}

uint32_t __real_mt_slots_used(void);
uint32_t __wrap_mt_slots_used(void);
void __real_mt_live_grow_ring(uint32_t slot, uint64_t head);
void __wrap_mt_live_grow_ring(uint32_t slot, uint64_t head);

uint32_t __wrap_mt_slots_used(void) {
  uint32_t used = __real_mt_slots_used();
  if (!looks) stand_still();
  return used;
}

void __wrap_mt_live_grow_ring(uint32_t slot, uint64_t head) {
  __real_mt_live_grow_ring(slot, head);
  if (looks && slot == 0) stand_still();
}

static __attribute__((noinline)) void *make(void) {
  void *block = malloc(BYTES);
  mt_record_allocation(block, BYTES, __builtin_frame_address(0));
  return block;
}

static __attribute__((noinline)) void drop(void *block) {
  mt_record_release(block, __builtin_frame_address(0));
  free(block);
}

static void *block;
static atomic_int turn; /* whose it is to drop the block and make the next */

static void *hand_on(void *number) {
  int me = number != NULL;
  for (int i = 0; i < HAND_OVERS; i++) {
    while (atomic_load(&turn) != me) sched_yield();
    drop(block);
    block = make();
    atomic_store(&turn, !me);
  }
  return NULL;
}

/* The second thread: with it the writer makes rings for more. */
static void *stay(void *unused) {
  drop(make());
  atomic_store(&second_is_there, true);
  while (atomic_load(&step) != 3) sched_yield();
  return unused;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  looks = strcmp(argv[1], "look") == 0;
  mt_options_read(environ);
  const char *reason = mt_recorder_start(NULL, false);
  if (reason != NULL) {
    fprintf(stderr, "cannot record: %s\n", reason);
    return 1;
  }
  pthread_t second, thread;
  pthread_create(&second, NULL, stay, NULL);
  while (!atomic_load(&second_is_there)) sched_yield();
  while (mt_load_acquire(&mt_live_region.ring_ready) < 3) sched_yield();
  block = make();
  atomic_store(&step, 1);
  while (atomic_load(&step) == 1) sched_yield();
  pthread_create(&thread, NULL, hand_on, &turn);
  hand_on(NULL);
  pthread_join(thread, NULL);
  atomic_store(&step, 3);
  pthread_join(second, NULL);
  drop(block);
  mt_recorder_finish(MT_END_EXIT, 0);
  printf("%d %d\n", 2 * HAND_OVERS + 2, BYTES);
  return 0;
}
