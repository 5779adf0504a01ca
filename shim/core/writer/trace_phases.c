/* trace_phases.c: see trace_phases.h. */
#include "writer/trace_phases.h"

#include <linux/membarrier.h>
#include <string.h>

#include "base/sys.h"
#include "batch/batch.h"
#include "file/code_map.h"
#include "file/live_file.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "rings/clock.h"
#include "rings/inline_turn.h"
#include "rings/slots.h"
#include "rings/thread.h"
#include "rings/turns.h"
#include "writer/account.h"
#include "writer/pressure.h"
#include "writer/process_facts.h"
#include "writer/schedule.h"
#include "writer/stager.h"
#include "writer/threshold_watch.h"

/*
 * The live region has a look at the process's memory that is at most so old, whenever the process
 * dies. Records are fewer: one in a tenth of a second while memory changes, one a second while not.
 */
#define MEMORY_LOOK_NS UINT64_C(50000000)
#define MEMORY_RECORD_NS UINT64_C(100000000)
#define MEMORY_QUIET_NS UINT64_C(1000000000)
/* The recorder's own memory grows slowly and takes longer to count: at the first look after the
 * start, then once a second, and at the end. */
#define OWN_MEMORY_NS UINT64_C(1000000000)
/* Most children of a fork that end within this time cost more than they do. */
#define SHORT_LIFE_NS UINT64_C(20000000)
#define QUIET_MAX_NS UINT64_C(200000000)

/* A child that has made so many calls is none of the short ones: their chunks would cost more than
 * a live file. */
#define SHORT_BATCHES_MAX 16u
/* A hook that a handler interrupted may be long in coming to rest: the file can wait. */
#define SHORT_QUIET_MAX_NS UINT64_C(10000000)

static uint64_t grow_up_ns; /* not before, when it was in vain */

#define CODE_MAP_NS UINT64_C(1000000000)

static uint64_t last_code_map_ns;

static struct {
  struct mt_memory_sample latest;
  struct mt_memory_sample recorded; /* the last that became a record */
  uint64_t own_ns;                  /* when the recorder's own was counted last */
  uint64_t flushed_ns;              /* when records were written last that no batch took along */
} memory;

static bool look_at_memory(uint64_t now, bool counts_own) {
  struct mt_memory_sample sample = memory.latest;
  sample.time_ns = now;
  if (!mt_facts_memory(&sample)) return false;
  if (counts_own || now - memory.own_ns >= OWN_MEMORY_NS) {
    mt_facts_own_memory(&sample);
    memory.own_ns = now;
  }
  memory.latest = sample;
  struct mt_live_header *live = mt_live_region.header;
  uint32_t next = live->memory_latest == 1 ? 1 : 0;
  live->memory_samples[next] = sample;
  mt_store_release(&live->memory_latest, next + 1); /* read after a crash */
  return true;
}

/* A child of a fork is another process in the making, or has little to say of its memory. */
static bool is_short_child(uint64_t now) {
  return mt_process.session.image == MT_IMAGE_FORK && now < SHORT_LIFE_NS;
}

static void record_memory(void) {
  mt_batch_add_record(MT_RECORD_MEMORY, &memory.latest, sizeof memory.latest);
  memory.recorded = memory.latest;
}

static bool memory_changed(void) {
  return memory.latest.resident_bytes != memory.recorded.resident_bytes ||
         memory.latest.high_water_bytes != memory.recorded.high_water_bytes ||
         memory.latest.anonymous_bytes != memory.recorded.anonymous_bytes;
}

void mt_trace_sample_memory(uint64_t now) {
  if (now - memory.latest.time_ns < MEMORY_LOOK_NS) return;
  if (!look_at_memory(now, memory.own_ns == 0)) return;
  uint64_t age = now - memory.recorded.time_ns;
  if (age >= MEMORY_QUIET_NS || (age >= MEMORY_RECORD_NS && memory_changed())) record_memory();
  if (now - memory.flushed_ns >= MEMORY_QUIET_NS) { /* a batch may be long in coming */
    mt_facts_add_title();
    mt_batch_flush_records();
    memory.flushed_ns = now;
  }
}

uint64_t mt_trace_resident_bytes(void) { return memory.latest.resident_bytes; }

void mt_trace_say_untraced(uint64_t now) {
  if (mt_facts_add_untraced(now, mt_live_counters())) mt_batch_flush_records();
}

void mt_trace_take_code_map(uint64_t now, void (*drain)(void)) {
  if (now - last_code_map_ns < CODE_MAP_NS) return;
  last_code_map_ns = now;
  mt_code_map_append(drain);
}

/* MARK: Order */

/* More turns than this in a millisecond are more than their exactness is worth. */
#define TURNS_PER_MS_MAX 64u
#define TURNS_WINDOW_NS UINT64_C(20000000)

static struct {
  struct mt_order said;
  uint64_t turn, time_ns; /* when the frequency of turns was last looked at */
} order;

static void record_order(void) {
  mt_batch_add_record(MT_RECORD_ORDER, &order.said, sizeof order.said);
}

/* From now on a thread allocates less than `bytes` without a turn. */
static void say_order(uint64_t now, uint64_t bytes) {
  uint64_t interval = mt_load_relaxed(&mt_live_region.header->order.clock_interval_ns);
  order.said = (struct mt_order){
      .time_ns = now,
      .bound_bytes = bytes,
      .bound_events = (uint32_t)(bytes / MT_TURN_EVENT_BYTES),
      .clock_interval_ns = interval > MT_CLOCK_INTERVAL_NS ? interval : MT_CLOCK_INTERVAL_NS,
      .kind = bytes == 0 ? MT_ORDER_EXACT : MT_ORDER_BOUNDED,
  };
  mt_store_relaxed(&mt_hot->turn_bytes, bytes);
  mt_live_region.header->order = order.said;
  record_order();
}

/* The clock was set later than was said. */
static void say_interval(void) {
  uint64_t interval = mt_load_relaxed(&mt_live_region.header->order.clock_interval_ns);
  if (interval <= order.said.clock_interval_ns) return;
  order.said.clock_interval_ns = interval;
  record_order();
}

void mt_trace_watch_order(uint64_t now) {
  if (now - order.time_ns < TURNS_WINDOW_NS) return;
  uint64_t turn = mt_load_relaxed(&mt_hot->turn), bytes = order.said.bound_bytes;
  uint64_t milliseconds = (now - order.time_ns) / 1000000;
  bool too_many = (turn - order.turn) / milliseconds > TURNS_PER_MS_MAX;
  order.turn = turn;
  order.time_ns = now;
  if (too_many && bytes != 0 && bytes < MT_TURN_BYTES_MAX) say_order(now, 2 * bytes);
}

/* What hooks need, once there is a live region. */
static void begin_recording(void) {
  mt_stager_reset();
  mt_stager_begin();
  mt_pressure_forget();
  order.turn = order.time_ns = 0;
  say_order(0, mt_options.exact_order ? 0 : MT_TURN_BYTES);
}

/* What can be said at once: the first chunk. */
static void describe_process(const struct mt_session *session) {
  mt_facts_add(session);
  mt_batch_flush_records();
  memset(&memory, 0, sizeof memory);
  last_code_map_ns = 0;
  mt_account_forget();
  mt_schedule_begin();
  mt_threshold_watch_begin();
  if (!is_short_child(0) && look_at_memory(0, false)) record_memory();
}

int mt_trace_begin(void) {
  struct mt_session *session = &mt_process.session;
  bool is_inline = mt_inline_is_on();
  bool is_short = mt_load_relaxed(&mt_hot->state) == MT_STATE_SHORT; /* and has begun to record */
  uint64_t now = mt_sys_clock_ns(CLOCK_MONOTONIC);
  uint64_t start = is_short ? mt_trace_file.header.start_monotonic_ns : now;
  uint64_t realtime = mt_sys_clock_ns(CLOCK_REALTIME) - (now - start);
  int error = mt_trace_file_create(session, start, (int64_t)realtime, is_inline);
  if (error != 0) return error;
  if (!is_short) error = mt_live_attach(1, is_inline);
  if (error == 0) {
    mt_trace_file_write_header(is_short ? NULL : mt_live_region.name, false);
    if (!is_short) begin_recording();
    describe_process(session);
    if (!is_short) mt_clock_begin(); /* last: there are events only from here on */
    error = -mt_trace_file.error;
    if (error != 0 && !is_short) mt_live_discard();
  }
  if (error != 0) mt_trace_file_remove();
  return error;
}

bool mt_trace_begin_short(void) {
  mt_trace_file.header.start_monotonic_ns = mt_sys_clock_ns(CLOCK_MONOTONIC);
  if (mt_live_begin(1) != 0) return false;
  begin_recording();
  mt_stager_begin_one_by_one();
  mt_clock_begin();
  mt_clock_set_quiet(true); /* hooks ask for the time */
  grow_up_ns = 0;
  mt_state_set(MT_STATE_SHORT);
  return true;
}

void mt_trace_note_no_task(int error) {
  struct mt_trouble trouble = {mt_trace_file_now_ns(), MT_TROUBLE_NO_WRITER, -error};
  mt_batch_add_record(MT_RECORD_TROUBLE, &trouble, sizeof trouble);
}

void mt_trace_say_filtered(void) {
  struct mt_trouble trouble = {mt_trace_file_now_ns(), MT_TROUBLE_FILTERED, 0};
  mt_batch_add_record(MT_RECORD_TROUBLE, &trouble, sizeof trouble);
  mt_batch_flush_records();
}

void mt_trace_stop(void) {
  struct mt_end end = {mt_trace_file_now_ns(), MT_END_STOPPED, mt_trace_file.error};
  bool is_short = mt_load_relaxed(&mt_hot->state) == MT_STATE_SHORT;
  mt_live_region.header->end = end;
  mt_state_set(MT_STATE_OFF);
  if (is_short && end.status < MT_STOP_TRACE_CHANGED) mt_trace_file_write_end(&end);
  if (end.status < MT_STOP_TRACE_CHANGED) return; /* what is in the region can be read */
  mt_live_leave_reason(&end);
  mt_trace_file_close(); /* a file without a name gives its room back now */
}

void mt_trace_give_way(enum mt_stop reason, void (*drain)(void)) {
  if (mt_state_is_recording() && mt_trace_file.error == 0) {
    struct mt_end end = {mt_trace_file_now_ns(), MT_END_STOPPED, (int32_t)reason};
    mt_trace_close(&end, false, drain);
    if (mt_trace_file.error == 0) mt_trace_file.error = (int)reason;
  }
  if (!mt_live_region.is_detached) mt_live_detach();
  mt_live_file_close();
  mt_state_set(MT_STATE_OFF);
}

void mt_trace_look_after_files(void (*drain)(void)) {
  bool is_open = mt_state_is_recording();
  if (!is_open && !mt_state_is_off()) return;
  if (is_open) mt_trace_file_check();
  if (mt_live_file_check() == MT_LIVE_CLAIMED) mt_trace_give_way(MT_STOP_LIVE_CLAIMED, drain);
}

/* MARK: Closing */

void mt_trace_note_end(const struct mt_end *end) {
  struct mt_end *noted = &mt_live_region.header->end;
  noted->time_ns = end->time_ns;
  noted->status = end->status;
  mt_store_release(&noted->reason, end->reason); /* read from the file after the end */
  bool is_said_here = mt_live_region.is_detached && mt_trace_file.header.closed == 0;
  if (is_said_here) mt_trace_file_write_end(end);
}

/* Keeps emptying rings until no hook is in flight any more; false when one does not come out for
 * so long. */
static bool come_to_rest(void (*drain)(void), uint64_t longest_ns) {
  mt_state_set(MT_STATE_PAUSED);
  if (mt_syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) != 0) {
    struct timespec moment = {0, 2000000}; /* stores become visible in far less */
    mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
  }
  uint64_t start = mt_trace_file_now_ns();
  while (!mt_threads_quiet()) {
    mt_stager_append_full(drain);
    drain();
    if (mt_trace_file_now_ns() - start > longest_ns) return false;
    struct timespec moment = {0, 20000};
    mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
  }
  return true;
}

void mt_trace_close(const struct mt_end *end, bool go_on, void (*drain)(void)) {
  uint32_t state = mt_load_relaxed(&mt_hot->state);
  bool at_rest = come_to_rest(drain, QUIET_MAX_NS);
  drain();
  while (mt_stager_append_full(drain)) drain();
  mt_stager_append_rest(drain);
  if (mt_trace_file.error != 0) return;
  if (!at_rest &&
      end->reason != MT_END_STOPPED) { /* the trace keeps its live file: nothing is lost */
    mt_trace_note_end(end);
    mt_state_set(state);
    return;
  }
  mt_code_map_append(drain);
  uint64_t now = mt_trace_file_now_ns();
  if (look_at_memory(now, !is_short_child(now))) record_memory();
  if (!is_short_child(now) && end->status != MT_STOP_NO_MEMORY)
    mt_account_take(MT_ACCOUNT_AT_END, drain);
  say_interval();
  mt_facts_add_title();
  mt_facts_add_untraced(now, mt_live_counters());
  mt_batch_add_record(MT_RECORD_COUNTERS, mt_live_counters(),
                      MT_COUNTER_COUNT * sizeof *mt_live_counters());
  mt_batch_add_record(MT_RECORD_END, end, sizeof *end);
  mt_batch_flush_records();
  if (!mt_live_region.is_detached) mt_live_detach();
  mt_trace_file_write_header(NULL, true);
  mt_live_file_remove();
  mt_add_acq_rel(&mt_trace_file.mapping_generation, 1);
  if (go_on) mt_state_set(MT_STATE_TAIL);
}

/* Hooks are at rest: those that come next find a live region in its file. 0 or -errno. */
static int attach(void) {
  uint64_t counters[MT_COUNTER_COUNT];
  memcpy(counters, mt_live_counters(), sizeof counters);
  int error = mt_live_attach(mt_slots_used(), mt_inline_is_on());
  memcpy(mt_live_counters(), counters, sizeof counters);
  if (error != 0) return error;
  mt_live_region.header->order = order.said;
  mt_live_region.header->end = mt_trace_file.header.end;
  memset(&mt_trace_file.header.end, 0, sizeof mt_trace_file.header.end);
  mt_stager_begin();
  mt_trace_file_write_header(mt_live_region.name, false);
  mt_add_acq_rel(&mt_trace_file.mapping_generation, 1);
  return 0;
}

void mt_trace_reopen(void) {
  struct mt_end none = {.time_ns = mt_trace_file_now_ns(), .reason = MT_END_UNKNOWN};
  if (mt_trace_file.error != 0 || attach() != 0) {
    mt_state_set(MT_STATE_OFF);
    return;
  }
  mt_batch_add_record(MT_RECORD_END, &none, sizeof none);
  mt_state_set(MT_STATE_RECORDING);
}

/* MARK: Children of a fork */

uint64_t mt_trace_short_life_ns(uint64_t now) {
  if (mt_load_relaxed(&mt_hot->state) != MT_STATE_SHORT || now >= SHORT_LIFE_NS) return 0;
  return SHORT_LIFE_NS - now;
}

static bool is_still_short(uint64_t now) {
  if (now < grow_up_ns) return true;
  return now < SHORT_LIFE_NS && mt_slots_used() < 2 &&
         mt_stager_batches_one_by_one() < SHORT_BATCHES_MAX;
}

void mt_trace_grow_up(bool must, void (*drain)(void)) {
  uint64_t now = mt_trace_file_now_ns();
  if (mt_load_relaxed(&mt_hot->state) != MT_STATE_SHORT || mt_trace_file.error != 0) return;
  if (!must && is_still_short(now)) return;
  bool at_rest = come_to_rest(drain, must ? QUIET_MAX_NS : SHORT_QUIET_MAX_NS);
  drain();
  if (!at_rest || mt_trace_file.error != 0) {
    grow_up_ns = 2 * now;
    mt_state_set(MT_STATE_SHORT);
    return;
  }
  int error = attach();
  if (error == 0) {
    mt_state_set(MT_STATE_RECORDING);
    if (!mt_inline_is_on()) mt_live_file_lease();
    return;
  }
  struct mt_end end = {now, MT_END_STOPPED, -error};
  mt_trace_close(&end, false, drain);
  if (mt_trace_file.error == 0) mt_trace_file.error = -error;
  mt_trace_stop();
}
