/*
 * writer.c: see writer.h.
 *
 * In rounds it empties the rings (stager.h), answers requests and samples the process's memory.
 * Encoding and compressing look after the rings in between (`drain` is their yield), so that a hook
 * waits only if both stagings are full. Without a task of its own (inline_turn.h) the same is done
 * by hooks whose ring is half full, one at a time, and by those who make a request.
 */
#include "writer/writer.h"

#include <errno.h>

#include "base/sys.h"
#include "batch/batch.h"
#include "file/live_file.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/process.h"
#include "process/state.h"
#include "process/watch.h"
#include "rings/clock.h"
#include "rings/doorbell.h"
#include "rings/inline_turn.h"
#include "writer/account.h"
#include "writer/control.h"
#include "writer/pressure.h"
#include "writer/schedule.h"
#include "writer/stager.h"
#include "writer/threshold_watch.h"
#include "writer/trace_phases.h"
#include "writer/writer_parts.h"

#define SLEEP_MAX_NS ((uint64_t)MT_LIVE_CLOCK_NS)
#define FLOW_WORDS_MIN 64u /* in a tick of the clock or longer: fewer are no flow of events */
#define ACCOUNT_SLEEP_NS UINT64_C(200000) /* between its pieces */
#define LOOK_NS UINT64_C(20000000)        /* from one look at the program to the next, about */

struct mt_writer mt_writer;

int mt_writer_raw_exit = MT_NO_RAW_EXIT;

static void serve_request(void);

/* MARK: Requests, as they are made */

static bool serve_inline(enum mt_request request, const struct mt_end *end) {
  mt_inline_turn_take();
  bool served = mt_inline_is_on() && !mt_state_is_off();
  if (served) {
    if (end != NULL) mt_writer.end = *end;
    mt_writer.request = request;
    mt_inline_turn_call(serve_request);
  }
  mt_inline_turn_give();
  return served;
}

void mt_writer_request(enum mt_request request, const struct mt_end *end) {
  if (mt_inline_is_on() && serve_inline(request, end)) return;
  uint32_t none = MT_REQUEST_NONE;
  while (!mt_cas_acq_rel(&mt_writer.request, &none, UINT32_MAX)) { /* another thread's goes first */
    if (mt_state_is_off() || mt_sys_is_forbidden()) return;
    if (mt_load_relaxed(&mt_hot->state) == MT_STATE_NONE) return; /* in a child of a handler's */
    if (none != UINT32_MAX) mt_doorbell_wait_for_change(&mt_writer.request, none);
    mt_inline_check_task(&mt_doorbell.task);
    none = MT_REQUEST_NONE;
  }
  if (end != NULL) mt_writer.end = *end;
  mt_store_release(&mt_writer.request, request);
  while (mt_load_acquire(&mt_writer.request) == request && !mt_state_is_off() &&
         !mt_sys_is_forbidden() && mt_load_relaxed(&mt_hot->state) != MT_STATE_NONE) {
    mt_doorbell_ring();
    mt_doorbell_wait_for_change(&mt_writer.request, request);
    if (mt_load_acquire(&mt_writer.request) == request) mt_inline_check_task(&mt_doorbell.task);
  }
}

/* MARK: Emptying rings */

/* The largest share of a ring that was in use. */
static double drain_rings(void) {
  double fill = mt_stager_drain_rings();
  mt_doorbell_answer();
  return fill;
}

/* Clock and rings: what encoding and compressing make time for. */
static void drain(void) {
  mt_clock_keep();
  drain_rings();
}

/* MARK: Requests, as they are served */

void mt_writer_stop_after_error(void) {
  mt_trace_stop();
  mt_doorbell_answer();
  mt_sys_futex_wake(&mt_writer.request, INT32_MAX);
}

void mt_writer_mark_task_gone(void) {
  if (mt_trace_file.error == 0) mt_trace_file.error = EOWNERDEAD;
  mt_writer_stop_after_error();
}

_Noreturn void mt_writer_exit_task(void) {
  mt_control_end();
  mt_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

/*
 * What the program's threads may still ask of the kernel is not known: from now on hooks ask
 * nothing. They fill their rings, as far as those have room; of what does not fit the counters
 * tell.
 */
void mt_writer_silence_hooks(void) {
  mt_trace_grow_up(true, drain);
  drain();
  mt_stager_append_rest(drain); /* other threads may allocate on: no end is waited for */
  drain();
  mt_trace_say_filtered();
  for (uint32_t slot = 0; slot < mt_live_region.ring_ready; slot++) mt_live_fill_ring(slot);
  mt_live_file_end_lease(); /* nobody could answer */
}

/* Recording is over though the trace is sound. */
static void give_way(enum mt_stop reason) {
  mt_trace_give_way(reason, drain);
  mt_batch_give_back();
  mt_compress_give_back();
  mt_doorbell_answer();
  mt_sys_futex_wake(&mt_writer.request, INT32_MAX);
}

static void answer_request(void) {
  mt_store_release(&mt_writer.request, MT_REQUEST_NONE);
  mt_sys_futex_wake(&mt_writer.request, INT32_MAX);
}

static void serve_request(void) {
  uint32_t request = mt_load_acquire(&mt_writer.request);
  if (request == MT_REQUEST_NONE || request == UINT32_MAX) return;
  if (request == MT_REQUEST_CONFORM) {
    mt_writer.looked_ns = 0; /* the loop looks at once, and answers */
    return;
  } else if (request == MT_REQUEST_BE_QUIET) {
    mt_writer_silence_hooks();
    mt_store_release(&mt_writer.task_ends, 1);
  } else if (request == MT_REQUEST_RESUME) {
    mt_trace_reopen();
  } else if (request == MT_REQUEST_NOTE_END) {
    mt_trace_note_end(&mt_writer.end);
  } else if (request == MT_REQUEST_STOP) {
    give_way(MT_STOP_ASKED);
  } else if (mt_state_is_recording()) {
    if (request == MT_REQUEST_CLOSE) mt_control_end();
    mt_trace_close(&mt_writer.end, request == MT_REQUEST_CLOSE, drain);
    if (mt_trace_file.error != 0) mt_writer_stop_after_error();
  }
  answer_request();
}

/* MARK: The loop */

/*
 * Whether there are events enough for somebody to keep the clock. If not, hooks read it themselves,
 * and the writer sleeps as long as it likes, until one of them nudges it. A round that follows
 * another one at once finds few words in any program: a flow ends only after a tick without one.
 */
static bool keeps_clock(uint64_t now) {
  uint64_t words = mt_stager_words();
  bool was_quiet = mt_load_relaxed(&mt_hot->quiet);
  if (!was_quiet && now - mt_writer.counted_ns < MT_CLOCK_INTERVAL_NS) return true;
  uint64_t taken = words - mt_writer.words;
  bool quiet = taken < (was_quiet ? MT_NUDGE_HOOKS : FLOW_WORDS_MIN) && !mt_inline_is_on();
  mt_writer.words = words;
  mt_writer.counted_ns = now;
  mt_clock_set_quiet(quiet);
  return !quiet;
}

/*
 * Sleeps so long that the fullest ring is between 30 and 40 % full by then, or until nudged: each
 * waking costs some microseconds, and where all processors are busy it takes one from a thread of
 * the program.
 */
static void sleep_for(double fill) {
  if (fill > 0.5) {
    mt_writer.sleep_ns /= 2;
  } else if (fill > 0.4) {
    mt_writer.sleep_ns -= mt_writer.sleep_ns / 4;
  } else if (fill < 0.3) {
    mt_writer.sleep_ns += mt_writer.sleep_ns / 4;
  }
  if (mt_writer.sleep_ns < MT_WRITER_SLEEP_MIN_NS) mt_writer.sleep_ns = MT_WRITER_SLEEP_MIN_NS;
  if (mt_writer.sleep_ns > SLEEP_MAX_NS) mt_writer.sleep_ns = SLEEP_MAX_NS;
  uint64_t now = mt_trace_file_now_ns(), limit = mt_trace_short_life_ns(now);
  if (limit != 0) { /* each event rings */
    mt_doorbell_sleep(&mt_writer.request, limit);
    return;
  }
  limit = mt_writer.sleep_ns;
  /* Not beyond the next look at the program. */
  uint64_t since = now - mt_writer.looked_ns;
  uint64_t left = since < LOOK_NS ? LOOK_NS - since : 1;
  if (limit > left) limit = left;
  if (mt_account_is_under_way() && limit > ACCOUNT_SLEEP_NS) limit = ACCOUNT_SLEEP_NS;
  /* A reader was let in: the lease is taken again as soon as it has gone. */
  bool is_exposed = mt_live_file_is_exposed();
  if ((keeps_clock(now) || is_exposed) && limit > MT_CLOCK_SLEEP_NS) limit = MT_CLOCK_SLEEP_NS;
  mt_doorbell_sleep(&mt_writer.request, limit);
}

/* Hooks may be the writer, and would wait for the disk as it does. */
static bool has_room(uint64_t now) {
  if (mt_trace_file.error != 0 || now - mt_writer.room_looked_ns < LOOK_NS) return true;
  mt_writer.room_looked_ns = now;
  if (!mt_live_file_is_starved()) return true;
  mt_trace_file.error = ENOSPC;
  return false;
}

/* Where memory is short, what can be spared of the writer's goes back; in the end all of it. */
static void look_at_pressure(uint64_t now) {
  enum mt_pressure pressure = mt_pressure_end_round(now, mt_stager_pages());
  mt_trace_file.gives_back = pressure != MT_PRESSURE_NONE;
  if (pressure == MT_PRESSURE_LASTING) give_way(MT_STOP_NO_MEMORY);
}

/* What there is to do at one time: the clock, the rings, full stagings, a request, a sample. The
 * largest share of a ring that was in use. */
static double do_round(void) {
  uint64_t now = mt_trace_file_now_ns();
  mt_clock_keep();
  mt_pressure_begin_round();
  if (!has_room(now)) { /* before rings are taken, which would write to pages */
    mt_writer_stop_after_error();
    return 0;
  }
  if (now - mt_writer.checked_ns >= MT_CLOCK_SLEEP_NS) {
    mt_writer.checked_ns = now;
    mt_trace_look_after_files(drain);
    if (mt_state_is_off()) return 0;
  }
  double fill = drain_rings();
  mt_trace_grow_up(false, drain);
  /* Threads that allocate without a pause fill one staging while the other becomes a batch: there
   * is more to do than this. */
  while (mt_load_relaxed(&mt_writer.request) == MT_REQUEST_NONE &&
         mt_trace_file_now_ns() - now < LOOK_NS && mt_stager_append_full(drain)) {
    fill = drain_rings();
  }
  serve_request();
  if (mt_trace_file.error != 0) {
    mt_writer_stop_after_error();
  } else if (mt_state_is_recording()) {
    mt_trace_sample_memory(now);
    bool is_short = mt_load_relaxed(&mt_hot->state) == MT_STATE_SHORT;
    if (!is_short) mt_account_look(now, mt_trace_resident_bytes(), drain);
    mt_trace_say_untraced(now);
    mt_trace_take_code_map(now, drain);
    mt_trace_watch_order(now);
    look_at_pressure(now);
    mt_threshold_watch_look(now);
    if (mt_control_look(now) || mt_schedule_look(now)) {
      mt_process.is_stopped = true;
      give_way(MT_STOP_ASKED);
    }
  }
  return fill;
}

void mt_writer_do_round_inline(void) {
  bool is_tail = mt_load_relaxed(&mt_hot->state) == MT_STATE_TAIL;
  if (mt_state_is_recording() || is_tail) do_round();
}

/* Nobody else is left, and nobody said how the program ended. */
_Noreturn static void end_alone(void) {
  int raw = mt_load_acquire(&mt_writer_raw_exit);
  int status = raw != MT_NO_RAW_EXIT ? (raw & 0xff) << 8 : mt_watch_wait_status();
  struct mt_end end = {.time_ns = mt_trace_file_now_ns()};
  end.reason = (status & 0x7f) != 0 ? MT_END_SIGNAL : MT_END_EXIT_NOW;
  end.status = (status & 0x7f) != 0 ? status & 0x7f : status >> 8;
  if (mt_state_is_recording()) mt_trace_close(&end, true, drain);
  mt_watch_end_like(status);
  mt_writer_exit_task();
}

/* The program's threads write on, with the rights that they have. */
_Noreturn static void leave_to_program(void) {
  mt_trace_grow_up(true, drain);
  mt_trace_file_use(-1, true);
  mt_live_file_hand_over();
  mt_store_release(&mt_inline_writing, 1);
  mt_doorbell_answer();
  if (mt_load_acquire(&mt_writer.request) == MT_REQUEST_CONFORM) {
    answer_request(); /* any other is for the program's threads to serve now */
  } else {
    mt_sys_futex_wake(&mt_writer.request, INT32_MAX);
  }
  mt_writer_exit_task();
}

_Noreturn static void end_filtered(void) {
  mt_writer_silence_hooks();
  mt_store_release(&mt_sys_forbidden, 1);
  mt_syscall6(SYS_exit, 0, 0, 0, 0, 0, 0); /* not forbidden to the task, whose filter it is not */
  __builtin_unreachable();
}

static void look_at_program(void) {
  uint64_t now = mt_trace_file_now_ns();
  if (mt_writer.looked_ns != 0 && now - mt_writer.looked_ns < LOOK_NS) return;
  mt_writer.looked_ns = now;
  switch (mt_watch_look()) {
    case MT_WATCHED_ALONE:
      end_alone();
    case MT_WATCHED_FILTERED:
      end_filtered();
    case MT_WATCHED_LESS:
      leave_to_program();
    case MT_WATCHED_SAME:
      break;
  }
  if (mt_load_acquire(&mt_writer.request) == MT_REQUEST_CONFORM) answer_request();
}

/* Recording is over, and what the region holds is in no chunk: as long as hooks have the live file
 * mapped, it must not become shorter. */
static void watch_live_file(void) {
  struct timespec limit = {0, (long)LOOK_NS};
  while (!mt_load_acquire(&mt_writer.task_ends) && !mt_live_region.is_detached) {
    mt_sys_futex_wait(&mt_doorbell.wake, mt_load_acquire(&mt_doorbell.wake), &limit);
    mt_trace_look_after_files(drain);
    look_at_program();
  }
}

_Noreturn void mt_writer_run(void) {
  mt_writer.looked_ns = mt_trace_file_now_ns();
  while (!mt_load_acquire(&mt_writer.task_ends) &&
         mt_load_relaxed(&mt_hot->state) != MT_STATE_OFF) {
    sleep_for(do_round());
    look_at_program();
  }
  watch_live_file();
  mt_trace_grow_up(true, drain); /* while the file can be made, whatever rights are given up */
  mt_live_file_end_lease();      /* nobody is left who could answer */
  mt_writer_exit_task();
}
