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
#include <fcntl.h>
#include <linux/membarrier.h>
#include <string.h>

#include "base/sys.h"
#include "batch/batch.h"
#include "file/descriptor.h"
#include "file/live_file.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "process/task.h"
#include "process/watch.h"
#include "rings/clock.h"
#include "rings/doorbell.h"
#include "rings/inline_turn.h"
#include "rings/slots.h"
#include "rings/thread.h"
#include "writer/pressure.h"
#include "writer/process_facts.h"
#include "writer/stager.h"
#include "writer/trace_phases.h"

#define SLEEP_MIN_NS UINT64_C(50000)
#define SLEEP_MAX_NS ((uint64_t)MT_LIVE_CLOCK_NS)
#define FLOW_WORDS_MIN 64u /* in a tick of the clock or longer: fewer are no flow of events */
#define LOOK_NS UINT64_C(20000000) /* from one look at the program to the next, about */

static struct {
  /* Shared with whoever makes a request. */
  uint32_t ready;     /* futex: 1 when the trace file is there, 2 when it cannot be */
  uint32_t task_ends; /* 1: the task is to end itself, the trace being in other hands */
  uint32_t request;   /* futex: enum mt_request; the writer sets it back to none */
  struct mt_end end;
  int error;         /* of the start */
  uint32_t absences; /* calls under way during which there must be no task */
  /* The writer's own. */
  uint64_t sleep_ns;
  uint64_t looked_ns;      /* when it last looked at the program */
  uint64_t room_looked_ns; /* and at the room that the disk has */
  uint64_t counted_ns;     /* when it last looked whether there is a flow of events */
  uint64_t words;          /* that rings had held by then */
  uint64_t checked_ns;     /* when the files were last looked after */
} writer;

int mt_writer_raw_exit = MT_NO_RAW_EXIT;

static void serve_request(void);

/* MARK: Requests, as they are made */

static bool serve_inline(enum mt_request request, const struct mt_end *end) {
  mt_inline_turn_take();
  bool served = mt_inline_is_on() && !mt_state_is_off();
  if (served) {
    if (end != NULL) writer.end = *end;
    writer.request = request;
    mt_inline_turn_call(serve_request);
  }
  mt_inline_turn_give();
  return served;
}

void mt_writer_request(enum mt_request request, const struct mt_end *end) {
  if (mt_inline_is_on() && serve_inline(request, end)) return;
  uint32_t none = MT_REQUEST_NONE;
  while (!mt_cas_acq_rel(&writer.request, &none, UINT32_MAX)) { /* another thread's goes first */
    if (mt_state_is_off() || mt_sys_is_forbidden()) return;
    if (mt_load_relaxed(&mt_hot->state) == MT_STATE_NONE) return; /* in a child of a handler's */
    if (none != UINT32_MAX) mt_doorbell_wait_for_change(&writer.request, none);
    mt_inline_check_task(&mt_doorbell.task);
    none = MT_REQUEST_NONE;
  }
  if (end != NULL) writer.end = *end;
  mt_store_release(&writer.request, request);
  while (mt_load_acquire(&writer.request) == request && !mt_state_is_off() &&
         !mt_sys_is_forbidden() && mt_load_relaxed(&mt_hot->state) != MT_STATE_NONE) {
    mt_doorbell_ring();
    mt_doorbell_wait_for_change(&writer.request, request);
    if (mt_load_acquire(&writer.request) == request) mt_inline_check_task(&mt_doorbell.task);
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

static void stop_after_error(void) {
  mt_trace_stop();
  mt_doorbell_answer();
  mt_sys_futex_wake(&writer.request, INT32_MAX);
}

static void mark_task_gone(void) {
  if (mt_trace_file.error == 0) mt_trace_file.error = EOWNERDEAD;
  stop_after_error();
}

_Noreturn static void end_task(void) {
  mt_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

/*
 * What the program's threads may still ask of the kernel is not known: from now on hooks ask
 * nothing. They fill their rings, as far as those have room; of what does not fit the counters
 * tell.
 */
static void be_quiet(void) {
  mt_trace_grow_up(true, drain);
  drain();
  mt_stager_append_rest(drain); /* other threads may allocate on: no end is waited for */
  drain();
  mt_trace_say_filtered();
  for (uint32_t slot = 0; slot < mt_live_region.ring_ready; slot++) mt_live_fill_ring(slot);
  mt_live_file_end_lease(); /* nobody could answer */
}

static void answer_request(void) {
  mt_store_release(&writer.request, MT_REQUEST_NONE);
  mt_sys_futex_wake(&writer.request, INT32_MAX);
}

static void serve_request(void) {
  uint32_t request = mt_load_acquire(&writer.request);
  if (request == MT_REQUEST_NONE || request == UINT32_MAX) return;
  if (request == MT_REQUEST_CONFORM) {
    writer.looked_ns = 0; /* the loop looks at once, and answers */
    return;
  } else if (request == MT_REQUEST_BE_QUIET) {
    be_quiet();
    mt_store_release(&writer.task_ends, 1);
  } else if (request == MT_REQUEST_RESUME) {
    mt_trace_reopen();
  } else if (request == MT_REQUEST_NOTE_END) {
    mt_trace_note_end(&writer.end);
  } else if (mt_state_is_recording()) {
    mt_trace_close(&writer.end, request == MT_REQUEST_CLOSE, drain);
    if (mt_trace_file.error != 0) stop_after_error();
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
  if (!was_quiet && now - writer.counted_ns < MT_CLOCK_INTERVAL_NS) return true;
  uint64_t taken = words - writer.words;
  bool quiet = taken < (was_quiet ? MT_NUDGE_HOOKS : FLOW_WORDS_MIN) && !mt_inline_is_on();
  writer.words = words;
  writer.counted_ns = now;
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
    writer.sleep_ns /= 2;
  } else if (fill > 0.4) {
    writer.sleep_ns -= writer.sleep_ns / 4;
  } else if (fill < 0.3) {
    writer.sleep_ns += writer.sleep_ns / 4;
  }
  if (writer.sleep_ns < SLEEP_MIN_NS) writer.sleep_ns = SLEEP_MIN_NS;
  if (writer.sleep_ns > SLEEP_MAX_NS) writer.sleep_ns = SLEEP_MAX_NS;
  uint64_t now = mt_trace_file_now_ns(), limit = mt_trace_short_life_ns(now);
  if (limit != 0) { /* each event rings */
    mt_doorbell_sleep(&writer.request, limit);
    return;
  }
  limit = writer.sleep_ns;
  /* Not beyond the next look at the program. */
  uint64_t since = now - writer.looked_ns;
  uint64_t left = since < LOOK_NS ? LOOK_NS - since : 1;
  if (limit > left) limit = left;
  /* A reader was let in: the lease is taken again as soon as it has gone. */
  bool is_exposed = mt_live_file_is_exposed();
  if ((keeps_clock(now) || is_exposed) && limit > MT_CLOCK_SLEEP_NS) limit = MT_CLOCK_SLEEP_NS;
  mt_doorbell_sleep(&writer.request, limit);
}

/* Hooks may be the writer, and would wait for the disk as it does. */
static bool has_room(uint64_t now) {
  if (mt_trace_file.error != 0 || now - writer.room_looked_ns < LOOK_NS) return true;
  writer.room_looked_ns = now;
  if (!mt_live_file_is_starved()) return true;
  mt_trace_file.error = ENOSPC;
  return false;
}

/* Where memory is short, what can be spared of the writer's goes back; in the end all of it. */
static void look_at_pressure(uint64_t now) {
  enum mt_pressure pressure = mt_pressure_end_round(now, mt_stager_pages());
  mt_trace_file.gives_back = pressure != MT_PRESSURE_NONE;
  if (pressure != MT_PRESSURE_LASTING) return;
  mt_trace_give_way(MT_STOP_NO_MEMORY, drain);
  mt_batch_give_back();
  mt_compress_give_back();
  mt_doorbell_answer();
  mt_sys_futex_wake(&writer.request, INT32_MAX);
}

/* What there is to do at one time: the clock, the rings, full stagings, a request, a sample. The
 * largest share of a ring that was in use. */
static double do_round(void) {
  uint64_t now = mt_trace_file_now_ns();
  mt_clock_keep();
  mt_pressure_begin_round();
  if (!has_room(now)) { /* before rings are taken, which would write to pages */
    stop_after_error();
    return 0;
  }
  if (now - writer.checked_ns >= MT_CLOCK_SLEEP_NS) {
    writer.checked_ns = now;
    mt_trace_look_after_files(drain);
    if (mt_state_is_off()) return 0;
  }
  double fill = drain_rings();
  mt_trace_grow_up(false, drain);
  /* Threads that allocate without a pause fill one staging while the other becomes a batch: there
   * is more to do than this. */
  while (mt_load_relaxed(&writer.request) == MT_REQUEST_NONE &&
         mt_trace_file_now_ns() - now < LOOK_NS && mt_stager_append_full(drain)) {
    fill = drain_rings();
  }
  serve_request();
  if (mt_trace_file.error != 0) {
    stop_after_error();
  } else if (mt_state_is_recording()) {
    mt_trace_sample_memory(now);
    mt_trace_say_untraced(now);
    mt_trace_take_code_map(now, drain);
    mt_trace_watch_order(now);
    look_at_pressure(now);
  }
  return fill;
}

static void do_round_inline(void) {
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
  end_task();
}

/* The program's threads write on, with the rights that they have. */
_Noreturn static void leave_to_program(void) {
  mt_trace_grow_up(true, drain);
  mt_trace_file_use(-1, true);
  mt_live_file_hand_over();
  mt_store_release(&mt_inline_writing, 1);
  mt_doorbell_answer();
  if (mt_load_acquire(&writer.request) == MT_REQUEST_CONFORM) {
    answer_request(); /* any other is for the program's threads to serve now */
  } else {
    mt_sys_futex_wake(&writer.request, INT32_MAX);
  }
  end_task();
}

_Noreturn static void end_filtered(void) {
  be_quiet();
  mt_store_release(&mt_sys_forbidden, 1);
  mt_syscall6(SYS_exit, 0, 0, 0, 0, 0, 0); /* not forbidden to the task, whose filter it is not */
  __builtin_unreachable();
}

static void look_at_program(void) {
  uint64_t now = mt_trace_file_now_ns();
  if (writer.looked_ns != 0 && now - writer.looked_ns < LOOK_NS) return;
  writer.looked_ns = now;
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
  if (mt_load_acquire(&writer.request) == MT_REQUEST_CONFORM) answer_request();
}

/* Recording is over, and what the region holds is in no chunk: as long as hooks have the live file
 * mapped, it must not become shorter. */
static void watch_live_file(void) {
  struct timespec limit = {0, (long)LOOK_NS};
  while (!mt_load_acquire(&writer.task_ends) && !mt_live_region.is_detached) {
    mt_sys_futex_wait(&mt_doorbell.wake, mt_load_acquire(&mt_doorbell.wake), &limit);
    mt_trace_look_after_files(drain);
    look_at_program();
  }
}

static void run(void) {
  writer.looked_ns = mt_trace_file_now_ns();
  while (!mt_load_acquire(&writer.task_ends) && mt_load_relaxed(&mt_hot->state) != MT_STATE_OFF) {
    sleep_for(do_round());
    look_at_program();
  }
  watch_live_file();
  mt_trace_grow_up(true, drain); /* while the file can be made, whatever rights are given up */
  mt_live_file_end_lease();      /* nobody is left who could answer */
  end_task();
}

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
  writer.error = mt_trace_begin();
  bool is_short = mt_load_relaxed(&mt_hot->state) == MT_STATE_SHORT;
  if (writer.error == 0 && !is_short) mt_live_file_lease();
  become_task();        /* facts are read from files */
  mt_watch_begin(true); /* before the program can change its rights */
  mt_store_release(&writer.ready, writer.error == 0 ? 1 : 2);
  mt_sys_futex_wake(&writer.ready, INT32_MAX);
  if (writer.error != 0) {
    if (is_short) mt_state_set(MT_STATE_OFF); /* hooks wait already */
    mt_doorbell_answer();
    end_task();
  }
  run();
}

static void begin_inline(void) { writer.error = mt_trace_begin(); }

/* `why_no_task`: 0 when none was wanted, else -errno. */
static int start_inline(int why_no_task) {
  mt_state_set(MT_STATE_STARTING);
  if (!mt_task_prepare()) return -ENOMEM;
  mt_inline_turn_take();
  mt_store_release(&mt_inline_writing, 1);
  mt_inline_turn_call(begin_inline);
  if (writer.error == 0 && why_no_task != 0) mt_trace_note_no_task(why_no_task);
  mt_inline_turn_give();
  return writer.error;
}

int mt_writer_start(void) {
  memset(&writer, 0, sizeof writer);
  mt_inline_turn_forget();
  mt_doorbell_forget();
  mt_inline_set_work(do_round_inline, mark_task_gone);
  writer.sleep_ns = SLEEP_MIN_NS;
  mt_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
  bool is_child = mt_process.session.image == MT_IMAGE_FORK;
  bool is_possible = is_child ? mt_watch_was_possible() : mt_watch_is_possible();
  if (mt_options.inline_writer || !is_possible) return start_inline(0);
  if (is_child && !mt_trace_begin_short()) return -ENOMEM;
  int tid = mt_task_start(task_body, &mt_doorbell.task);
  if (tid < 0) return start_inline(tid);
  if (is_child) return 0;
  while (mt_load_acquire(&writer.ready) == 0) mt_doorbell_wait_for_change(&writer.ready, 0);
  return writer.error;
}

/* MARK: Without the task for a while */

static void task_again(void) {
  become_task();
  while (mt_inline_is_on())
    mt_doorbell_wait_for_change(&mt_inline_writing, 1); /* until the turn is given up */
  if (mt_live_file.fd < 0) mt_live_file_open_again(false);
  mt_live_map_again();
  mt_watch_begin(false);
  run();
}

static void start_task_again(void) {
  if (!mt_watch_is_possible()) return;
  int fd = mt_trace_file.fd, live_fd = mt_live_file.fd;
  writer.task_ends = 0;
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
  mt_store_release(&writer.task_ends, 1); /* pairs with the acquire in run */
  if (fd < 0) {
    mt_trace_file.error = -fd;
    stop_after_error();
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
  bool is_absent = mt_load_relaxed(&writer.absences) > 0;
  if (!is_absent && !mt_inline_is_on() && tid != 0) {
    end_task_now(tid);
    is_absent = mt_inline_is_on();
  }
  if (is_absent) mt_add_relaxed(&writer.absences, 1);
  mt_inline_turn_give();
  return is_absent;
}

void mt_writer_restart_task(void) {
  mt_inline_turn_take();
  bool is_last = mt_add_relaxed(&writer.absences, -1u) == 1;
  if (is_last && mt_inline_is_on() && !mt_state_is_off()) start_task_again();
  mt_inline_turn_give();
}

void mt_writer_stay_inline(void) {
  mt_inline_turn_take();
  mt_add_relaxed(&writer.absences, -1u);
  mt_inline_turn_give();
}

static void be_quiet_inline(void) {
  be_quiet();
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
    stop_after_error();
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
