/* state.c: see state.h. */
#include "process/state.h"

#include "base/page.h"
#include "base/sys.h"

static struct mt_hot hot_before_start;
struct mt_hot *mt_hot = &hot_before_start;

const char *mt_state_begin(void) {
  struct mt_hot *page = mt_sys_map_private(mt_page_bytes());
  if (page == NULL) return "no memory";
  if (mt_sys_advise(page, mt_page_bytes(), MADV_WIPEONFORK) != 0) {
    return "the kernel is older than 4.14 (no MADV_WIPEONFORK)";
  }
  mt_hot = page;
  return NULL;
}

void mt_state_set(enum mt_state state) {
  mt_store_release(&mt_hot->state, state);
  mt_add_acq_rel(&mt_hot->epoch, 1);
  mt_sys_futex_wake(&mt_hot->state, INT32_MAX);
}

static uint32_t is_pausing; /* inherited, where mt_hot is not */

void mt_state_skip(enum mt_skipped skipped) {
  mt_store_relaxed(&is_pausing, (uint32_t)(skipped != MT_SKIPPED_NOTHING));
  mt_store_release(&mt_hot->skipped, (uint32_t)skipped);
  mt_add_acq_rel(&mt_hot->epoch, 1);
}

void mt_state_begin_in_child(void) {
  static uint64_t generation; /* inherited, as the epochs are that threads remember */
  if (mt_load_relaxed(&is_pausing)) mt_store_release(&mt_hot->skipped, (uint32_t)MT_SKIPPED_ALL);
  mt_store_release(&mt_hot->epoch, ++generation << 40);
}

bool mt_state_hold(uint64_t *mask) {
  mt_sys_signal_mask(~UINT64_C(0), mask);
  if (mt_load_relaxed(&mt_hot->state) != MT_STATE_NONE) return true;
  mt_state_let_go(*mask);
  return false;
}

void mt_state_wait_while_paused(void) {
  struct timespec limit = {0, 5000000};
  mt_sys_futex_wait(&mt_hot->state, MT_STATE_PAUSED, &limit);
}
