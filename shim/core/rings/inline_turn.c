/* inline_turn.c: see inline_turn.h. */
#include "rings/inline_turn.h"

#include "arch/arch.h"
#include "base/sys.h"
#include "process/task.h"
#include "rings/clock.h"

uint32_t mt_inline_writing;

static struct {
  uint32_t held; /* futex: 1 while somebody has the turn */
  uint64_t mask; /* of the holder, to be restored */
  void (*work)(void);
  void (*task_lost)(void);
} inline_turn;

bool mt_inline_turn_try(void) {
  uint64_t mask;
  mt_sys_signal_mask(~UINT64_C(0), &mask); /* first: no handler may run while the turn is held */
  uint32_t nobody = 0;
  if (!mt_cas_acq_rel(&inline_turn.held, &nobody, 1)) {
    mt_sys_signal_mask(mask, NULL);
    return false;
  }
  inline_turn.mask = mask;
  return true;
}

void mt_inline_turn_take(void) {
  struct timespec moment = {0, 5000000};
  while (!mt_inline_turn_try()) mt_sys_futex_wait(&inline_turn.held, 1, &moment);
}

void mt_inline_turn_call(void (*work)(void)) { mt_task_call(work); }

void mt_inline_turn_give(void) {
  uint64_t mask = inline_turn.mask;
  mt_store_release(&inline_turn.held, 0); /* pairs with the CAS in mt_inline_turn_try */
  mt_sys_futex_wake(&inline_turn.held, 1);
  mt_sys_signal_mask(mask, NULL);
}

void mt_inline_set_work(void (*work)(void), void (*task_lost)(void)) {
  inline_turn.work = work;
  inline_turn.task_lost = task_lost;
}

void mt_inline_work(void) {
  if (!mt_inline_turn_try()) return;
  if (mt_inline_is_on())
    mt_inline_turn_call(inline_turn.work); /* it may just have come to an end */
  mt_inline_turn_give();
}

void mt_inline_tick(void) {
  if (!mt_clock_is_stale(mt_clock_cycles())) return;
  uint64_t mask;
  if (!mt_state_hold(&mask)) return;
  mt_clock_set();
  mt_inline_work();
  mt_state_let_go(mask);
}

void mt_inline_check_task(const uint32_t *task) {
  if (mt_inline_is_on() || mt_load_acquire(task) != 0 || !mt_inline_turn_try()) return;
  if (!mt_inline_is_on() && mt_load_acquire(task) == 0) inline_turn.task_lost();
  mt_inline_turn_give();
}

void mt_inline_turn_forget(void) {
  inline_turn.held = 0;
  mt_inline_writing = 0;
}
