/*
 * writer_task.c: the task that does the writer's rounds (writer.c): its start, the calls before
 * which it must end, and its return after them. Where it cannot be, the program's threads do the
 * rounds.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>

#include "base/sys.h"
#include "file/live_file.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/filter.h"
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "process/task.h"
#include "process/watch.h"
#include "rings/doorbell.h"
#include "rings/inline_turn.h"
#include "writer/account.h"
#include "writer/control.h"
#include "writer/trace_phases.h"
#include "writer/writer.h"
#include "writer/writer_parts.h"

/* MARK: The start */

static void close_descriptors(int first, int last) {
  if (first <= last) mt_syscall(SYS_close_range, first, last, 0, 0, 0, 0);
}

/* Closes all descriptors but those of the trace and the live file, where they are open. */
static void become_task(void) {
  static const char name[16] = "memtrace";
  mt_syscall(SYS_prctl, 15 /* PR_SET_NAME */, name, 0, 0, 0, 0);
  mt_syscall(SYS_prctl, 29 /* PR_SET_TIMERSLACK */, 1, 0, 0, 0, 0);
  int low = mt_trace_file.fd, high = mt_live_file.fd;
  if (low > high) {
    low = mt_live_file.fd;
    high = mt_trace_file.fd;
  }
  close_descriptors(0, low - 1);
  close_descriptors(low + 1, high - 1);
  close_descriptors(high + 1, INT32_MAX);
}

static void task_body(void) {
  become_task();
  mt_control_forget();
  mt_writer.error = mt_trace_begin();
  bool is_short = mt_load_relaxed(&mt_hot->state) == MT_STATE_SHORT;
  if (mt_writer.error == 0 && !is_short) mt_live_file_lease();
  become_task();        /* facts are read from files */
  mt_watch_begin(true); /* before the program can change its rights */
  bool is_forked = mt_process.session.image == MT_IMAGE_FORK;
  if (!is_forked && mt_watch_is_filtered()) mt_filter_is_inherited();
  mt_store_release(&mt_writer.ready, mt_writer.error == 0 ? 1 : 2);
  mt_sys_futex_wake(&mt_writer.ready, INT32_MAX);
  if (mt_writer.error != 0) {
    if (is_short) mt_state_set(MT_STATE_OFF); /* hooks wait already */
    mt_doorbell_answer();
    mt_writer_exit_task();
  }
  mt_writer_run();
}

static void begin_inline(void) { mt_writer.error = mt_trace_begin(); }

/* `why_no_task`: 0 when none was wanted, else -errno. */
static int start_inline(int why_no_task) {
  mt_state_set(MT_STATE_STARTING);
  if (!mt_task_prepare()) return -ENOMEM;
  mt_inline_turn_take();
  mt_store_release(&mt_inline_writing, 1);
  mt_inline_turn_call(begin_inline);
  if (mt_writer.error == 0 && why_no_task != 0) mt_trace_note_no_task(why_no_task);
  mt_inline_turn_give();
  return mt_writer.error;
}

int mt_writer_start(void) {
  memset(&mt_writer, 0, sizeof mt_writer);
  mt_control_forget(); /* a parent's is not ours */
  mt_inline_turn_forget();
  mt_doorbell_forget();
  mt_inline_set_work(mt_writer_do_round_inline, mt_writer_mark_task_gone);
  mt_writer.sleep_ns = MT_WRITER_SLEEP_MIN_NS;
  mt_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
  bool is_child = mt_process.session.image == MT_IMAGE_FORK;
  bool is_possible = is_child ? mt_watch_was_possible() : mt_watch_is_possible();
  if (mt_options.inline_writer || !is_possible) return start_inline(0);
  if (is_child && !mt_trace_begin_short()) return -ENOMEM;
  int tid = mt_task_start(task_body, &mt_doorbell.task);
  if (tid < 0) return start_inline(tid);
  if (is_child) return 0;
  while (mt_load_acquire(&mt_writer.ready) == 0) mt_doorbell_wait_for_change(&mt_writer.ready, 0);
  return mt_writer.error;
}

/* MARK: Without the task for a while */

static void task_again(void) {
  become_task();
  mt_account_give_up();
  mt_control_forget();
  while (mt_inline_is_on())
    mt_doorbell_wait_for_change(&mt_inline_writing, 1); /* until the turn is given up */
  if (mt_live_file.fd < 0) mt_live_file_open_again(false);
  mt_live_map_again();
  mt_watch_begin(false);
  mt_writer_run();
}

static void start_task_again(void) {
  if (!mt_watch_is_possible()) return;
  int fd = mt_trace_file.fd, live_fd = mt_live_file.fd;
  mt_writer.task_ends = 0;
  int tid = mt_task_start(task_again, &mt_doorbell.task);
  if (tid < 0) {
    mt_trace_note_no_task(tid);
    return;
  }
  mt_trace_file_use(fd, false);
  mt_live_file.is_shared = false;
  mt_sys_close(fd); /* the task has a copy of each */
  if (live_fd >= 0) mt_sys_close(live_fd);
  mt_store_release(&mt_inline_writing, 0);
  mt_sys_futex_wake(&mt_inline_writing, 1);
}

static bool task_is_gone(int tid) { return mt_sys_signal_thread(mt_process.pid, tid, 0) == -ESRCH; }

static void wait_until_gone(int tid) {
  struct timespec moment = {0, 20000};
  while (!task_is_gone(tid)) mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
}

/* The task ends, whatever becomes of the trace: what was recorded stands in it. */
static void end_task_now(int tid) {
  int fd = mt_trace_file_open_again(tid);
  mt_store_release(&mt_writer.task_ends, 1); /* pairs with the acquire in run */
  if (fd < 0) {
    mt_trace_file.error = -fd;
    mt_writer_stop_after_error();
  }
  mt_doorbell_ring();
  wait_until_gone(tid);
  if (fd < 0) return;
  mt_trace_file_use(fd, true);
  mt_live_file_open_again(true);
  mt_store_release(&mt_inline_writing, 1);
}

bool mt_writer_end_task(void) {
  if (mt_state_is_off() || mt_options.inline_writer) return false;
  mt_inline_turn_take();
  int tid = (int)mt_load_acquire(&mt_doorbell.task);
  bool is_absent = mt_load_relaxed(&mt_writer.absences) > 0;
  if (!is_absent && !mt_inline_is_on() && tid != 0) {
    end_task_now(tid);
    is_absent = mt_inline_is_on();
  }
  if (is_absent) mt_add_relaxed(&mt_writer.absences, 1);
  mt_inline_turn_give();
  return is_absent;
}

void mt_writer_restart_task(void) {
  mt_inline_turn_take();
  bool is_last = mt_add_relaxed(&mt_writer.absences, -1u) == 1;
  if (is_last && mt_inline_is_on() && !mt_state_is_off()) start_task_again();
  mt_inline_turn_give();
}

void mt_writer_stay_inline(void) {
  mt_inline_turn_take();
  mt_add_relaxed(&mt_writer.absences, -1u);
  mt_inline_turn_give();
}

static void be_quiet_inline(void) {
  mt_writer_silence_hooks();
  if (mt_trace_file.fd >= 0) mt_sys_close(mt_trace_file.fd); /* it would be the program's */
  mt_trace_file_use(-1, false);
  mt_live_file_close();
}

void mt_writer_be_quiet(void) {
  int tid = (int)mt_load_acquire(&mt_doorbell.task);
  if (mt_inline_is_on()) {
    mt_inline_turn_take();
    if (!mt_state_is_off()) mt_inline_turn_call(be_quiet_inline);
    mt_store_release(&mt_inline_writing, 0);
    mt_inline_turn_give();
  } else if (tid != 0) {
    mt_writer_request(MT_REQUEST_BE_QUIET, NULL);
    wait_until_gone(tid);
  }
  mt_store_release(&mt_sys_forbidden, 1);
}

void mt_writer_speak_again(void) {
  mt_store_release(&mt_sys_forbidden, 0);
  mt_inline_turn_take();
  int fd = mt_trace_file_open_again(0);
  if (fd < 0) {
    mt_trace_file.error = -fd;
    mt_writer_stop_after_error();
  } else {
    mt_trace_file_use(fd, true);
    mt_live_file_open_again(true);
    mt_store_release(&mt_inline_writing, 1);
    if (!mt_options.inline_writer) start_task_again();
  }
  mt_inline_turn_give();
}

void mt_writer_conform(void) {
  int tid = (int)mt_load_acquire(&mt_doorbell.task);
  if (mt_inline_is_on() || tid == 0) return;
  mt_writer_request(MT_REQUEST_CONFORM, NULL);
  /* A task that could not give up its rights ends instead, before the program goes on. */
  if (mt_inline_is_on()) wait_until_gone(tid);
}
