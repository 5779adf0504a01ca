/*
 * hook_bench.c: what hooks do beside unwinding, and whole hooks, with no writer at work: every so
 * often the ring is declared empty. So the figures are a hook's own instructions; that another
 * processor reads the ring comes on top in a traced program.
 */
#include <errno.h>

#include "base/sys.h"
#include "bench.h"
#include "file/live_region.h"
#include "hooks/record.h"
#include "modules/modules.h"
#include "process/state.h"
#include "rings/clock.h"
#include "rings/ownership.h"
#include "rings/ring.h"

enum { SLOTS = 4, BLOCKS = 64, EVENTS_A_ROUND = 1024 };

static bool never_a_child(void) { return false; }

static void start(void) {
  mt_live_region.header = mt_sys_map_private(sizeof *mt_live_region.header);
  mt_live_region.ring_groups[0] = mt_sys_map_private(SLOTS * MT_RING_LARGE_STRIDE);
  mt_live_region.ring_slots = mt_live_region.ring_ready = SLOTS;
  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    mt_live_region.ring_words[slot] = (uint32_t)mt_ring_words(slot);
  }
  mt_state_begin();
  mt_clock_begin();
  mt_modules_configure(NULL);
  mt_unwind_configure(MT_UNWIND_FAST, MT_DEPTH_DEFAULT, mt_live_counters());
  mt_threads_start(never_a_child);
  mt_state_set(MT_STATE_RECORDING);
}

/* In place of the writer: takes what there is from the ring, often enough that it never fills. */
static void empty_ring(long event) {
  if (event % EVENTS_A_ROUND == 0) mt_store_release(&mt_self->ring->tail, mt_self->head);
}

/* ---- The rows ---- */

static __attribute__((noinline)) void allocate(uint64_t block, size_t bytes) {
  mt_record_allocation((void *)(uintptr_t)block, bytes, __builtin_frame_address(0));
}

static __attribute__((noinline)) void release(uint64_t block) {
  mt_record_release((void *)(uintptr_t)block, __builtin_frame_address(0));
}

static uint64_t block_of(long number) { return 0x100000 + (uint64_t)(number % BLOCKS) * 160; }

static void pairs(long count) {
  for (long i = 0; i < count; i++) {
    empty_ring(i);
    release(block_of(i));
    allocate(block_of(i), 16 + (size_t)(i % 240));
  }
}

static void set_shared(uint32_t shared) {
  mt_hot->shared = shared;
  mt_hot->epoch++;
}

static void pairs_alone(long count) {
  set_shared(0);
  pairs(count);
}

static void pairs_shared(long count) {
  set_shared(1);
  pairs(count);
}

static void releases(long count) {
  set_shared(0);
  for (long i = 0; i < count; i++) {
    empty_ring(i);
    release(block_of(i));
  }
}

static void enter_leave(long count) {
  for (long i = 0; i < count; i++) {
    struct mt_thread *thread = mt_thread_enter((uintptr_t)__builtin_frame_address(0));
    mt_thread_leave(thread);
    __asm__ volatile("" ::: "memory");
  }
}

static void push(long count) {
  struct mt_thread *thread = mt_self;
  for (long i = 0; i < count; i++) {
    empty_ring(i);
    uint64_t *words = mt_ring_room(thread, 2);
    words[0] = words[1] = (uint64_t)i;
    mt_ring_publish(thread, 2);
    __asm__ volatile("" ::: "memory");
  }
}

static void own(long count) {
  for (long i = 0; i < count; i++) {
    mt_owner_set(block_of(i), mt_owner_bits(1, 1), (uint32_t)i);
    uint64_t found = mt_owner_find(block_of(i));
    __asm__ volatile("" : : "r"(found) : "memory");
  }
}

static const struct row rows[] = {
    {"enter-leave", "into recording and out", enter_leave, 0, 20000000},
    {"ring-push", "two words into the ring", push, 0, 20000000},
    {"owner", "ownership table: set, then find", own, 0, 20000000},
    {"release", "a whole release, one thread", releases, 12, 10000000},
    {"pair", "release and allocation, 12 frames, one thread", pairs_alone, 12, 5000000},
    {"pair-shared", "the same from the second thread on", pairs_shared, 12, 5000000},
};

int main(int count, char **arguments) {
  start();
  release(block_of(0)); /* the thread's first event gives it its struct */
  return RUN_ROWS(rows, count, arguments);
}
