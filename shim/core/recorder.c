/* recorder.c: see recorder.h. The whole of what a fork means to the core is in this file. */
#include "recorder.h"

#include <errno.h>
#include <string.h>

#include "base/sys.h"
#include "batch/batch.h"
#include "file/compress.h"
#include "file/live_file.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "hooks/before_start.h"
#include "hooks/python_objects.h"
#include "hooks/record_mapping.h"
#include "modules/module_image.h"
#include "modules/modules.h"
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "process/thresholds.h"
#include "process/untraced.h"
#include "python/interpreter.h"
#include "python/locations.h"
#include "rings/doorbell.h"
#include "rings/inline_turn.h"
#include "rings/thread.h"
#include "stacks/stacks.h"
#include "unwind/unwind.h"
#include "writer/merge.h"
#include "writer/writer.h"

#pragma weak strerrordesc_np /* of glibc; recording starts over no other C library */

static bool continue_in_child(void);

static uint64_t now_ns(void) { return mt_trace_file_now_ns(); }

/* The initial modules, and what happened before recording could start, are the first events. */
static void record_what_came_before(void) {
  struct mt_thread *thread = mt_thread_enter((uintptr_t)__builtin_frame_address(0));
  if (thread == NULL) return;
  mt_modules_announce_all(&thread->sink, 0);
  mt_early_replay(thread);
  mt_early_mappings_replay(thread);
  mt_thread_leave(thread);
}

/* Maps what recording needs and begins a trace. NULL, or why not. */
static const char *start_writer(void) {
  if (!mt_threads_start(continue_in_child) || !mt_batch_start() || !mt_merge_start() ||
      !mt_compress_start())
    return "no memory";
  int result = mt_writer_start();
  if (result == 0) return NULL;
  return mt_trace_file.refusal != NULL ? mt_trace_file.refusal : strerrordesc_np(-result);
}

/* A start has failed: nothing of what it mapped from range `first` on is used any more. */
static void give_back(uint32_t first) {
  mt_state_set(MT_STATE_OFF);
  while (mt_load_acquire(&mt_doorbell.task) != 0) { /* until the kernel has its stack */
    struct timespec moment = {0, 20000};
    mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
  }
  uint32_t count = mt_load_acquire(&mt_own_ranges.count);
  for (uint32_t i = first; i < count && i < MT_OWN_RANGES_MAX; i++) {
    mt_sys_unmap(mt_own_ranges.ranges[i].address, mt_own_ranges.ranges[i].bytes);
  }
  mt_store_release(&mt_own_ranges.count, first);
}

static void look_for_python(const struct mt_module_image *image) {
  if (!mt_python_look_at(image)) mt_add_relaxed(&mt_live_counters()[MT_COUNTER_PYTHON_UNKNOWN], 1);
  if (mt_options.python_objects) mt_python_objects_look_at(image);
}

const char *mt_recorder_start(const char *allocator, bool preceded) {
  const char *reason = mt_state_begin();
  if (reason != NULL) return reason;
  const uint32_t first_range = mt_load_acquire(&mt_own_ranges.count);
  mt_state_set(MT_STATE_STARTING);
  mt_process.allocator = allocator;
  mt_process.preceded = preceded;
  mt_process.pid = mt_sys_pid();
  if (mt_options.start_paused) mt_state_skip(MT_SKIPPED_ALL);
  mt_thresholds_begin();
  static uint64_t no_counters[MT_COUNTER_COUNT];
  mt_unwind_configure((enum mt_unwind_mode)mt_options.unwinder, mt_options.depth, no_counters);
  mt_modules_configure(now_ns);
  if (mt_options.python) mt_modules_watch(look_for_python, mt_python_forget_interpreter);
  reason = mt_session_begin(&mt_process.session);
  mt_module_image_program = mt_process.session.executable;
  if (reason == NULL) reason = start_writer();
  if (reason != NULL) {
    give_back(first_range);
    return reason;
  }
  mt_unwind_set_counters(mt_live_counters());
  mt_process.started = true;
  mt_state_set(MT_STATE_RECORDING);
  record_what_came_before();
  return NULL;
}

static void start_in_child(void) {
  mt_trace_file.mapping_generation++;
  mt_threads_forget();
  mt_trace_file_forget();
  mt_live_forget();
  mt_stacks_reset();
  mt_modules_reset();
  mt_python_locations_reset();
  mt_batch_forget();
  mt_untraced_forget();
  mt_thresholds_forget();
  mt_session_fork(&mt_process.session);
  bool follows = mt_options.follow && !mt_process.is_stopped && mt_writer_start() == 0;
  if (follows) mt_unwind_set_counters(mt_live_counters());
  if (!follows) {
    mt_state_set(MT_STATE_OFF);
  } else if (mt_load_relaxed(&mt_hot->state) == MT_STATE_STARTING) {
    mt_state_set(MT_STATE_RECORDING);
  }
}

/*
 * A signal handler interrupted a hook and forked: the hook goes on in the child, with what it had
 * in hand of the parent's ring and tables. It may; what it writes goes nowhere, and the child
 * records nothing.
 */
static void retire_in_child(void) {
  mt_trace_file_forget();
  mt_live_abandon();
  mt_threads_release_all();
  mt_state_set(MT_STATE_OFF);
}

/* A child that never allocates would keep its parent's locks as long as it lives: without a task
 * the descriptors are among the program's. */
static void let_go_of_files(void) {
  mt_trace_file_forget();
  mt_live_file_forget();
}

void mt_recorder_forked(void) {
  if (!mt_process.started) return;
  if (mt_threads_in_hook()) continue_in_child();
  if (mt_inline_is_on()) let_go_of_files();
}

/* Not to be asked in two steps: a child that grows up pauses. */
static bool is_open(uint32_t state) { return mt_state_records(state) || state == MT_STATE_PAUSED; }

void mt_recorder_has_forked(void) {
  uint32_t state = mt_load_acquire(&mt_hot->state);
  if (!mt_options.follow || !is_open(state)) return;
  if (mt_threads_in_hook() || mt_sys_is_forbidden()) mt_threads_count(MT_COUNTER_CHILDREN_LOST);
}

/* True when recording goes on in this child of a fork, after what that takes was done. Once per
 * child, by whichever hook comes first; a fork leaves one thread, handlers apart. */
static bool continue_in_child(void) {
  if (!mt_process.started) return false;
  if (mt_sys_is_forbidden()) { /* inherited with the filter; the parent's trace was not */
    mt_live_region.header = NULL;
    mt_state_set(MT_STATE_OFF);
    return false;
  }
  uint64_t old_mask;
  mt_sys_signal_mask(~UINT64_C(0), &old_mask);
  uint32_t wiped = MT_STATE_NONE;
  if (mt_cas_acq_rel(&mt_hot->state, &wiped, MT_STATE_STARTING)) {
    mt_state_begin_in_child();
    mt_process.pid = mt_sys_pid();
    mt_process.pausing_thread = 0;
    if (mt_threads_in_hook()) {
      retire_in_child();
    } else {
      start_in_child();
    }
  }
  mt_sys_signal_mask(old_mask, NULL);
  return true;
}

void mt_recorder_arrive(void) {
  if (mt_load_acquire(&mt_hot->state) == MT_STATE_NONE) continue_in_child();
}

bool mt_recorder_is_ours(void) {
  return is_open(mt_load_acquire(&mt_hot->state)) && mt_process.pid == mt_sys_pid();
}

static struct mt_end end_now(enum mt_end_reason reason, int status) {
  return (struct mt_end){mt_trace_file_now_ns(), reason, status};
}

/* Where nobody closes the trace. Of _exit, nobody could tell whether a vfork child called it. */
static void note_quiet_end(enum mt_end_reason reason, int status) {
  if (reason != MT_END_EXIT || mt_load_relaxed(&mt_hot->state) != MT_STATE_RECORDING) return;
  struct mt_end *end = &mt_live_region.header->end;
  end->time_ns = mt_trace_file_now_ns();
  end->status = status;
  mt_store_release(&end->reason, (uint32_t)reason); /* read from the file after the end */
}

void mt_recorder_finish(enum mt_end_reason reason, int status) {
  if (mt_sys_is_forbidden()) note_quiet_end(reason, status);
  if (!mt_recorder_is_ours()) return;
  struct mt_end end = end_now(reason, status);
  mt_writer_request(MT_REQUEST_CLOSE, &end);
}

void mt_recorder_progress(uint64_t *allocations, uint64_t *lost) {
  *allocations = *lost = 0;
  uint64_t mask;
  if (!mt_recorder_is_ours() || !mt_state_hold(&mask)) return;
  *allocations = mt_threads_allocations();
  *lost = mt_load_relaxed(&mt_live_counters()[MT_COUNTER_LOST_EVENTS]);
  mt_state_let_go(mask);
}

void mt_recorder_stop(void) {
  if (!mt_recorder_is_ours()) return;
  mt_process.is_stopped = true;
  mt_writer_request(MT_REQUEST_STOP, NULL);
}

void mt_recorder_before_exec(void) {
  if (!mt_recorder_is_ours()) return;
  struct mt_end end = end_now(MT_END_EXEC, 0);
  mt_process.pausing_thread = mt_sys_tid();
  mt_writer_request(MT_REQUEST_PAUSE, &end);
}

void mt_recorder_after_failed_exec(void) {
  if (mt_process.pid != mt_sys_pid() || mt_process.pausing_thread != mt_sys_tid()) return;
  mt_process.pausing_thread = 0;
  if (mt_load_relaxed(&mt_hot->state) == MT_STATE_PAUSED) {
    mt_writer_request(MT_REQUEST_RESUME, NULL);
  } else { /* it never came to rest: only the end was noted */
    mt_recorder_note_end(MT_END_UNKNOWN, 0);
  }
}

void mt_recorder_note_untraced(int pid, const char *path, uint32_t reason) {
  if (!mt_process.started || mt_sys_is_forbidden()) return;
  continue_in_child(); /* which has no other trace to say it in; elsewhere this does nothing */
  mt_untraced_note(pid, path, reason);
}

void mt_recorder_note_end(enum mt_end_reason reason, int status) {
  if (!mt_recorder_is_ours()) return;
  struct mt_end noted = end_now(reason, status), *end = &mt_live_region.header->end;
  if (mt_live_region.is_detached) { /* no file's: the child of a fork has none at first */
    mt_writer_request(MT_REQUEST_NOTE_END, &noted);
    return;
  }
  end->time_ns = noted.time_ns;
  end->status = status;
  mt_store_release(&end->reason, (uint32_t)reason); /* read from the file after the end */
}
