/*
 * writer.c: see writer.h.
 *
 * Ring words are copied to a staging at once, which frees the ring; a full staging becomes a batch
 * while the other one fills. Encoding and compressing look after the rings in between (`drain` is
 * their yield), so that a hook waits only if both stagings are full. Without a task of its own
 * (role.h) the same is done in turns, by hooks whose ring is half full, and by those who make a
 * request.
 */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <string.h>

#include "batch.h"
#include "descriptor.h"
#include "facts.h"
#include "hot.h"
#include "options.h"
#include "recorder.h"
#include "role.h"
#include "sys.h"
#include "task.h"
#include "thread.h"
#include "trace_file.h"

#define SLEEP_MIN_NS UINT64_C(50000)
#define SLEEP_MAX_NS UINT64_C(20000000)
#define CLOCK_TICK_NS UINT64_C(1000000)
#define MEMORY_SAMPLE_NS UINT64_C(100000000)
#define QUIET_MAX_NS UINT64_C(200000000)
#define WAIT_MAX_NS 5000000l
#define LANE_WORDS 3u
#define CYCLES_PER_TICK (UINT64_C(1) << 21) /* about a millisecond */

static struct {
  /* Shared with hooks and with whoever makes a request. */
  uint32_t wake;      /* futex: changes when the writer is nudged */
  uint32_t sleeping;  /* 1 while the writer waits on `wake` */
  uint32_t drained;   /* futex: changes when rings were emptied */
  uint32_t waiters;   /* hooks that wait on `drained` */
  uint32_t ready;     /* futex: 1 when the trace file is there, 2 when it cannot be */
  uint32_t task_ends; /* 1: the task is to end itself, the trace being in other hands */
  uint32_t task;      /* tid of the task; 0: there is none. The kernel clears it when it ends */
  uint32_t request;   /* futex: enum mt_request; the writer sets it back to none */
  struct mt_end end;
  int error; /* of the start */
  /* The writer's own. */
  unsigned active;    /* staging that rings are copied to */
  bool full;          /* the other staging waits to become a batch */
  uint64_t batches;   /* numbers given out */
  uint64_t sample_ns; /* time of the last memory sample */
  uint64_t sleep_ns;
  uint64_t turn_cycles; /* when threads that write themselves last looked at the clock */
} writer;

static void serve_request(void);
static void take_turn(void);
static void take_note_of_end(void);

static struct mt_staging_state *staging_state(unsigned index) {
  return &mt_trace_file.live->staging[index];
}

/* MARK: For hooks and requests */

/* Has a turn of the writer's work done by the calling thread, unless another is at it. */
static void write_inline(void) {
  if (!mt_role_try()) return;
  if (mt_role_is_inline()) mt_role_call(take_turn); /* it may just have come to an end */
  mt_role_give();
}

void mt_writer_tick(void) {
  uint64_t now = mt_cycle_counter();
  if (now - mt_load_relaxed(&writer.turn_cycles) < CYCLES_PER_TICK) return;
  mt_store_relaxed(&writer.turn_cycles, now);
  write_inline();
}

/* A task that was ended from outside (a seccomp filter's doing) will never answer. */
static void look_after_task(void) {
  if (mt_role_is_inline() || mt_load_acquire(&writer.task) != 0 || !mt_role_try()) return;
  if (!mt_role_is_inline() && mt_load_acquire(&writer.task) == 0) take_note_of_end();
  mt_role_give();
}

void mt_writer_nudge(void) {
  if (mt_role_is_inline()) {
    write_inline();
    return;
  }
  mt_add_acq_rel(&writer.wake, 1);
  if (mt_load_acquire(&writer.sleeping)) mt_sys_futex_wake(&writer.wake, 1);
}

static void wait_on(uint32_t *word, uint32_t seen) {
  struct timespec limit = {0, WAIT_MAX_NS};
  mt_sys_futex_wait(word, seen, &limit);
}

void mt_writer_wait_for_drain(const uint64_t *tail, uint64_t seen) {
  mt_add_acq_rel(&writer.waiters, 1);
  uint32_t drained = mt_load_acquire(&writer.drained);
  mt_writer_nudge();
  if (mt_load_acquire(tail) == seen) wait_on(&writer.drained, drained);
  mt_add_acq_rel(&writer.waiters, -1);
  if (mt_load_acquire(tail) == seen) look_after_task();
}

void mt_writer_wait_for_rings(uint32_t slot) {
  mt_add_acq_rel(&writer.waiters, 1);
  uint32_t drained = mt_load_acquire(&writer.drained);
  mt_writer_nudge();
  if (slot >= mt_load_acquire(&mt_trace_file.ring_ready)) wait_on(&writer.drained, drained);
  mt_add_acq_rel(&writer.waiters, -1);
  if (slot >= mt_load_acquire(&mt_trace_file.ring_ready)) look_after_task();
}

bool mt_writer_failed(void) { return mt_load_relaxed(&mt_hot->state) == MT_STATE_OFF; }

static bool serve_inline(enum mt_request request, const struct mt_end *end) {
  mt_role_take();
  bool served = mt_role_is_inline() && !mt_writer_failed();
  if (served) {
    if (end != NULL) writer.end = *end;
    writer.request = request;
    mt_role_call(serve_request);
  }
  mt_role_give();
  return served;
}

void mt_writer_request(enum mt_request request, const struct mt_end *end) {
  if (mt_role_is_inline() && serve_inline(request, end)) return;
  uint32_t none = MT_REQUEST_NONE;
  while (!mt_cas_acq_rel(&writer.request, &none, UINT32_MAX)) { /* another thread's goes first */
    if (mt_writer_failed()) return;
    if (none != UINT32_MAX) wait_on(&writer.request, none);
    look_after_task();
    none = MT_REQUEST_NONE;
  }
  if (end != NULL) writer.end = *end;
  mt_store_release(&writer.request, request);
  while (mt_load_acquire(&writer.request) == request && !mt_writer_failed()) {
    mt_writer_nudge();
    wait_on(&writer.request, request);
    if (mt_load_acquire(&writer.request) == request) look_after_task();
  }
}

/* MARK: Emptying rings */

static void wake_waiters(void) {
  mt_add_acq_rel(&writer.drained, 1);
  if (mt_load_acquire(&writer.waiters) != 0) mt_sys_futex_wake(&writer.drained, INT32_MAX);
}

static void copy_ring(uint64_t *to, const struct mt_ring_header *ring, uint64_t tail,
                      uint64_t count) {
  const uint64_t *words = (const uint64_t *)(ring + 1);
  uint64_t at = tail % MT_RING_WORDS;
  uint64_t first = MT_RING_WORDS - at < count ? MT_RING_WORDS - at : count;
  memcpy(to, words + at, first * sizeof *to);
  memcpy(to + first, words, (count - first) * sizeof *to);
}

static void write_lane(uint64_t *to, const struct mt_ring_header *ring, uint32_t slot,
                       uint64_t tail, uint64_t count) {
  to[0] = (uint64_t)MT_RAW_LANE << MT_RAW_KIND_SHIFT | (uint64_t)slot << 32 | ring->thread;
  to[1] = tail;
  to[2] = count;
}

/* Makes the other staging the active one; false while it still waits to become a batch. */
static bool switch_staging(void) {
  if (writer.full) return false;
  unsigned other = 1 - writer.active;
  if (!mt_trace_file_reserve_staging(other)) return false;
  writer.full = true;
  writer.active = other;
  staging_state(other)->committed_words = 0;
  mt_store_release(&staging_state(other)->batch, ++writer.batches); /* read after a crash */
  return true;
}

/* In tail mode a ring's words become a chunk of their own at once. */
static void append_raw(const struct mt_ring_header *ring, uint32_t slot, uint64_t tail,
                       uint64_t count) {
  static uint64_t words[LANE_WORDS + MT_RING_WORDS];
  write_lane(words, ring, slot, tail, count);
  copy_ring(words + LANE_WORDS, ring, tail, count);
  mt_trace_file_append(MT_CHUNK_RAW, words, (LANE_WORDS + count) * sizeof *words);
}

static bool stage(const struct mt_ring_header *ring, uint32_t slot, uint64_t tail, uint64_t count) {
  struct mt_staging_state *state = staging_state(writer.active);
  if (state->committed_words + LANE_WORDS + count > MT_STAGING_WORDS) {
    if (!switch_staging()) return false;
    state = staging_state(writer.active);
  }
  uint64_t *to = mt_trace_file.staging[writer.active] + state->committed_words;
  write_lane(to, ring, slot, tail, count);
  copy_ring(to + LANE_WORDS, ring, tail, count);
  /* Committed first, then gone from the ring: whenever the process dies, the words are in one. */
  mt_store_release(&state->committed_words, state->committed_words + LANE_WORDS + count);
  return true;
}

/* Takes what all rings hold. The largest share of a ring that was in use. */
static double drain_rings(void) {
  bool tail_mode = mt_load_relaxed(&mt_hot->state) == MT_STATE_TAIL;
  uint32_t used = mt_threads_slots_used();
  if (used + 2 > mt_trace_file.ring_ready) mt_trace_file_reserve_rings(2 * used + 2);
  uint64_t most = 0;
  for (uint32_t slot = 0; slot < used && slot < mt_trace_file.ring_ready; slot++) {
    struct mt_ring_header *ring = mt_trace_file_ring(slot);
    uint32_t ring_state = mt_load_acquire(&ring->state); /* pairs with thread.c */
    if (ring_state == MT_RING_FREE) continue;
    uint64_t head = mt_load_acquire(&ring->head); /* pairs with mt_ring_publish */
    uint64_t count = head - ring->tail;
    if (count != 0) {
      if (count > most) most = count;
      if (tail_mode) {
        append_raw(ring, slot, ring->tail, count);
      } else if (!stage(ring, slot, ring->tail, count)) {
        continue;
      }
      mt_store_release(&ring->tail, head); /* pairs with mt_ring_make_room */
    }
    if (ring_state == MT_RING_ENDED) { /* seen before `head`: these were its last words */
      mt_store_relaxed(&ring->state, MT_RING_FREE);
      mt_threads_release_slot(slot);
    }
  }
  wake_waiters();
  return (double)most / (double)MT_RING_WORDS;
}

/* Clock and rings: what encoding and compressing make time for. */
static void drain(void) {
  uint64_t now = mt_recorder_now_ns();
  if (now - mt_hot->clock_ns >= CLOCK_TICK_NS) {
    mt_store_relaxed(&mt_hot->clock_ns, now);
    mt_add_acq_rel(&mt_hot->epoch, 1);
    mt_trace_file.live->clock_ns = now;
  }
  drain_rings();
}

/* MARK: Batches */

/* After a write error the words stay where a reader of the unclosed trace finds them. */
static void append_staging(unsigned index) {
  struct mt_staging_state *state = staging_state(index);
  if (mt_trace_file.error != 0) return;
  if (state->committed_words != 0) {
    mt_batch_append(mt_trace_file.staging[index], state->committed_words, state->batch, drain);
  }
  if (mt_trace_file.error != 0) return;
  mt_store_release(&state->batch, 0);
  state->committed_words = 0;
}

static void append_full_staging(void) {
  append_staging(1 - writer.active);
  writer.full = mt_trace_file.error != 0;
}

static void sample_memory(uint64_t now) {
  struct mt_memory_sample sample = {.time_ns = now};
  if (!mt_facts_memory(&sample)) return;
  mt_batch_add_record(MT_RECORD_MEMORY, &sample, sizeof sample);
  writer.sample_ns = now;
}

/* MARK: Requests */

static void set_state(enum mt_state state) {
  mt_store_release(&mt_hot->state, state);
  mt_add_acq_rel(&mt_hot->epoch, 1);
  mt_sys_futex_wake(&mt_hot->state, INT32_MAX);
}

static void stop_after_error(void) {
  struct mt_live_header *live = mt_trace_file.live;
  live->end = (struct mt_end){mt_recorder_now_ns(), MT_END_STOPPED, mt_trace_file.error};
  set_state(MT_STATE_OFF);
  wake_waiters();
  mt_sys_futex_wake(&writer.request, INT32_MAX);
}

static void take_note_of_end(void) {
  if (mt_trace_file.error == 0) mt_trace_file.error = EOWNERDEAD;
  stop_after_error();
}

/* Keeps emptying rings until no hook is in flight any more; false when one does not come out. */
static bool come_to_rest(void) {
  set_state(MT_STATE_PAUSED);
  if (mt_syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) != 0) {
    struct timespec moment = {0, 2000000}; /* stores become visible in far less */
    mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
  }
  uint64_t start = mt_recorder_now_ns();
  while (!mt_threads_quiet()) {
    if (writer.full) append_full_staging();
    drain();
    if (mt_recorder_now_ns() - start > QUIET_MAX_NS) return false;
    struct timespec moment = {0, 20000};
    mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
  }
  return true;
}

static void close_trace(bool go_on) {
  bool at_rest = come_to_rest();
  drain();
  while (writer.full && mt_trace_file.error == 0) {
    append_full_staging();
    drain();
  }
  if (staging_state(writer.active)->committed_words == 0) writer.batches--; /* its number is free */
  append_staging(writer.active);
  if (mt_trace_file.error != 0) {
    stop_after_error();
    return;
  }
  if (!at_rest) { /* the file keeps its live region: nothing is lost, it is only larger */
    staging_state(writer.active)->batch = ++writer.batches;
    mt_trace_file.live->end = writer.end;
    set_state(MT_STATE_RECORDING);
    return;
  }
  sample_memory(mt_recorder_now_ns());
  mt_batch_add_record(MT_RECORD_COUNTERS, mt_trace_file.live->counters,
                      sizeof mt_trace_file.live->counters);
  mt_batch_add_record(MT_RECORD_END, &writer.end, sizeof writer.end);
  mt_batch_flush_records();
  mt_trace_file_detach();
  mt_add_acq_rel(&mt_recorder.attachment, 1);
  if (go_on) set_state(MT_STATE_TAIL);
}

static void reopen_trace(void) {
  struct mt_end none = {.time_ns = mt_recorder_now_ns(), .reason = MT_END_UNKNOWN};
  uint64_t counters[MT_COUNTER_COUNT];
  memcpy(counters, mt_trace_file.live->counters, sizeof counters);
  if (!mt_trace_file_attach(mt_threads_slots_used() + 2)) {
    set_state(MT_STATE_OFF);
    return;
  }
  memcpy(mt_trace_file.live->counters, counters, sizeof counters);
  mt_batch_add_record(MT_RECORD_END, &none, sizeof none);
  writer.active = 0;
  staging_state(0)->batch = ++writer.batches;
  mt_add_acq_rel(&mt_recorder.attachment, 1);
  set_state(MT_STATE_RECORDING);
}

_Noreturn static void end_task(void) {
  mt_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

/* The program's own threads write the trace from here on, for want of a task. */
static void say_no_task(int error) {
  struct mt_trouble trouble = {mt_recorder_now_ns(), MT_TROUBLE_NO_WRITER, -error};
  mt_batch_add_record(MT_RECORD_TROUBLE, &trouble, sizeof trouble);
}

static void serve_request(void) {
  uint32_t request = mt_load_acquire(&writer.request);
  if (request == MT_REQUEST_NONE || request == UINT32_MAX) return;
  if (request == MT_REQUEST_RESUME) {
    reopen_trace();
  } else if (mt_load_relaxed(&mt_hot->state) == MT_STATE_RECORDING) {
    close_trace(request == MT_REQUEST_CLOSE);
  }
  mt_store_release(&writer.request, MT_REQUEST_NONE);
  mt_sys_futex_wake(&writer.request, INT32_MAX);
}

/* MARK: The loop */

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
  uint32_t wake = mt_load_acquire(&writer.wake);
  mt_store_release(&writer.sleeping, 1);
  if (mt_load_acquire(&writer.request) == MT_REQUEST_NONE) {
    struct timespec limit = {0, (long)writer.sleep_ns};
    mt_sys_futex_wait(&writer.wake, wake, &limit);
  }
  mt_store_release(&writer.sleeping, 0);
}

/* What there is to do at one time: the clock, the rings, full stagings, a request, a sample. The
 * largest share of a ring that was in use. */
static double do_round(void) {
  uint32_t state = mt_load_relaxed(&mt_hot->state);
  uint64_t now = mt_recorder_now_ns();
  if (now - mt_hot->clock_ns >= CLOCK_TICK_NS) {
    mt_store_relaxed(&mt_hot->clock_ns, now);
    mt_add_acq_rel(&mt_hot->epoch, 1);
    if (state != MT_STATE_TAIL) mt_trace_file.live->clock_ns = now;
  }
  double fill = drain_rings();
  while (writer.full && mt_trace_file.error == 0) {
    append_full_staging();
    fill = drain_rings();
  }
  serve_request();
  if (mt_trace_file.error != 0) {
    stop_after_error();
  } else if (now - writer.sample_ns >= MEMORY_SAMPLE_NS && state == MT_STATE_RECORDING) {
    sample_memory(now);
  }
  return fill;
}

static void take_turn(void) {
  uint32_t state = mt_load_relaxed(&mt_hot->state);
  if (state == MT_STATE_RECORDING || state == MT_STATE_TAIL) do_round();
}

static void run(void) {
  while (!mt_load_acquire(&writer.task_ends) && mt_load_relaxed(&mt_hot->state) != MT_STATE_OFF) {
    sleep_for(do_round());
  }
  end_task();
}

/* MARK: The start */

static void become_task(int own_descriptor) {
  static const char name[16] = "memtrace";
  mt_syscall(SYS_prctl, 15 /* PR_SET_NAME */, name, 0, 0, 0, 0);
  mt_syscall(SYS_prctl, 29 /* PR_SET_TIMERSLACK */, 1, 0, 0, 0, 0);
  if (own_descriptor > 0) mt_syscall(SYS_close_range, 0, own_descriptor - 1, 0, 0, 0, 0);
  mt_syscall(SYS_close_range, own_descriptor + 1, ~0u, 0, 0, 0, 0);
}

/* Creates the trace, with what can be said at once. */
static void begin_trace(void) {
  struct mt_session *session = &mt_recorder.session;
  uint64_t start = mt_sys_clock_ns(CLOCK_MONOTONIC);
  int64_t realtime = (int64_t)mt_sys_clock_ns(CLOCK_REALTIME);
  writer.error = mt_trace_file_create(session, start, realtime, mt_role_is_inline());
  if (writer.error != 0) return;
  staging_state(0)->batch = ++writer.batches;
  mt_store_relaxed(&mt_hot->clock_ns, 1);
  mt_facts_add(session);
  mt_batch_flush_records();
  sample_memory(0);
  writer.error = -mt_trace_file.error;
}

static void task_body(void) {
  become_task(-1);
  begin_trace();
  become_task(mt_trace_file.fd); /* facts are read from files */
  mt_store_release(&writer.ready, writer.error == 0 ? 1 : 2);
  mt_sys_futex_wake(&writer.ready, INT32_MAX);
  if (writer.error != 0) end_task();
  run();
}

/* `why_no_task`: 0 when none was wanted, else -errno. */
static int start_inline(int why_no_task) {
  if (!mt_task_prepare()) return -ENOMEM;
  mt_role_take();
  mt_store_release(&mt_role_inline, 1);
  mt_role_call(begin_trace);
  if (writer.error == 0 && why_no_task != 0) say_no_task(why_no_task);
  mt_role_give();
  return writer.error;
}

int mt_writer_start(void) {
  memset(&writer, 0, sizeof writer);
  mt_role_forget();
  writer.sleep_ns = SLEEP_MIN_NS;
  mt_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
  if (mt_options.inline_writer) return start_inline(0);
  int tid = mt_task_start(task_body, &writer.task);
  if (tid < 0) return start_inline(tid);
  while (mt_load_acquire(&writer.ready) == 0) wait_on(&writer.ready, 0);
  return writer.error;
}

/* MARK: Without the task for a while */

static void task_again(void) {
  become_task(mt_trace_file.fd);
  while (mt_role_is_inline()) wait_on(&mt_role_inline, 1); /* until the role is given up */
  run();
}

static bool task_is_gone(int tid) {
  return mt_sys_signal_thread(mt_recorder.pid, tid, 0) == -ESRCH;
}

bool mt_writer_end_task(void) {
  int tid = (int)mt_load_acquire(&writer.task);
  if (mt_role_is_inline() || tid == 0 || mt_writer_failed()) return false;
  struct timespec moment = {0, 20000};
  mt_role_take();
  int fd = mt_trace_file_open_again(tid);
  if (fd >= 0) {
    mt_store_release(&writer.task_ends, 1); /* pairs with the acquire in run */
    mt_writer_nudge();
    while (!task_is_gone(tid)) mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
    mt_trace_file_use(fd, true);
    mt_store_release(&mt_role_inline, 1);
  }
  mt_role_give();
  return fd >= 0;
}

void mt_writer_restart_task(void) {
  mt_role_take();
  int fd = mt_trace_file.fd;
  writer.task_ends = 0;
  int tid = mt_task_start(task_again, &writer.task);
  if (tid < 0) {
    say_no_task(tid);
  } else {
    mt_trace_file_use(fd, false);
    mt_sys_close(fd); /* the task has a copy */
    mt_store_release(&mt_role_inline, 0);
    mt_sys_futex_wake(&mt_role_inline, 1);
  }
  mt_role_give();
}
