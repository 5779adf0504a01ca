/* writer_role.c: see writer_role.h. */
#include "rings/writer_role.h"

#include "arch/arch.h"
#include "base/sys.h"
#include "process/task.h"
#include "rings/clock.h"

uint32_t mt_role_inline;

static struct {
  uint32_t held; /* futex: 1 while somebody has the role */
  uint64_t mask; /* of the holder, to be restored */
  void (*work)(void);
  void (*task_lost)(void);
} role;

bool mt_role_try(void) {
  uint64_t mask;
  mt_sys_signal_mask(~UINT64_C(0), &mask); /* first: no handler may run while the role is held */
  uint32_t nobody = 0;
  if (!mt_cas_acq_rel(&role.held, &nobody, 1)) {
    mt_sys_signal_mask(mask, NULL);
    return false;
  }
  role.mask = mask;
  return true;
}

void mt_role_take(void) {
  struct timespec moment = {0, 5000000};
  while (!mt_role_try()) mt_sys_futex_wait(&role.held, 1, &moment);
}

void mt_role_call(void (*work)(void)) { mt_task_call(work); }

void mt_role_give(void) {
  uint64_t mask = role.mask;
  mt_store_release(&role.held, 0); /* pairs with the CAS in mt_role_try */
  mt_sys_futex_wake(&role.held, 1);
  mt_sys_signal_mask(mask, NULL);
}

void mt_role_set_work(void (*work)(void), void (*task_lost)(void)) {
  role.work = work;
  role.task_lost = task_lost;
}

void mt_role_work(void) {
  if (!mt_role_try()) return;
  if (mt_role_is_inline()) mt_role_call(role.work); /* it may just have come to an end */
  mt_role_give();
}

void mt_role_tick(void) {
  if (!mt_clock_is_stale(mt_clock_cycles())) return;
  uint64_t mask;
  if (!mt_state_hold(&mask)) return;
  mt_clock_set();
  mt_role_work();
  mt_state_let_go(mask);
}

void mt_role_look_after_task(const uint32_t *task) {
  if (mt_role_is_inline() || mt_load_acquire(task) != 0 || !mt_role_try()) return;
  if (!mt_role_is_inline() && mt_load_acquire(task) == 0) role.task_lost();
  mt_role_give();
}

void mt_role_forget(void) {
  role.held = 0;
  mt_role_inline = 0;
}
