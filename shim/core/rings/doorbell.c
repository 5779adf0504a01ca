/* doorbell.c: see doorbell.h. */
#include "rings/doorbell.h"

#include <string.h>

#include "base/atomics.h"
#include "base/sys.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "rings/inline_turn.h"

#define WAIT_MAX_NS 5000000l

struct mt_doorbell mt_doorbell;

void mt_doorbell_ring(void) {
  if (mt_inline_is_on()) {
    mt_inline_work();
    return;
  }
  mt_add_acq_rel(&mt_doorbell.wake, 1);
  if (mt_load_acquire(&mt_doorbell.sleeping)) mt_sys_futex_wake(&mt_doorbell.wake, 1);
}

void mt_doorbell_wait_for_change(uint32_t *word, uint32_t seen) {
  struct timespec limit = {0, WAIT_MAX_NS};
  mt_sys_futex_wait(word, seen, &limit);
}

void mt_doorbell_wait_for_drain(const uint64_t *tail, uint64_t seen) {
  mt_add_acq_rel(&mt_doorbell.waiters, 1);
  uint32_t drained = mt_load_acquire(&mt_doorbell.drained);
  mt_doorbell_ring();
  if (mt_load_acquire(tail) == seen) mt_doorbell_wait_for_change(&mt_doorbell.drained, drained);
  mt_add_acq_rel(&mt_doorbell.waiters, -1);
  if (mt_load_acquire(tail) == seen) mt_inline_check_task(&mt_doorbell.task);
}

void mt_doorbell_wait_for_rings(uint32_t slot) {
  const uint32_t *ready = &mt_live_region.ring_ready;
  mt_add_acq_rel(&mt_doorbell.waiters, 1);
  uint32_t drained = mt_load_acquire(&mt_doorbell.drained);
  mt_doorbell_ring();
  if (slot >= mt_load_acquire(ready)) mt_doorbell_wait_for_change(&mt_doorbell.drained, drained);
  mt_add_acq_rel(&mt_doorbell.waiters, -1);
  if (slot >= mt_load_acquire(ready)) mt_inline_check_task(&mt_doorbell.task);
}

void mt_doorbell_sleep(const uint32_t *request, uint64_t limit_ns) {
  uint32_t wake = mt_load_acquire(&mt_doorbell.wake);
  mt_store_release(&mt_doorbell.sleeping, 1);
  if (mt_load_acquire(request) == 0) {
    struct timespec limit = {0, (long)limit_ns};
    mt_sys_futex_wait(&mt_doorbell.wake, wake, &limit);
  }
  mt_store_release(&mt_doorbell.sleeping, 0);
}

void mt_doorbell_answer(void) {
  mt_add_acq_rel(&mt_doorbell.drained, 1);
  if (mt_load_acquire(&mt_doorbell.waiters) != 0) {
    mt_sys_futex_wake(&mt_doorbell.drained, INT32_MAX);
  }
}

void mt_doorbell_forget(void) { memset(&mt_doorbell, 0, sizeof mt_doorbell); }
