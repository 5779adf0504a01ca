/*
 * api.c: what memtrace.h promises to programs, in a library that is preloaded. A program that calls
 * it is in no hook of ours, but may be in a signal handler that interrupted one.
 */
#include <errno.h>
#include <string.h>

#include "file/live_region.h"
#include "hooks/moments.h"
#include "lifecycle.h"
#include "process/live_heap.h"
#include "process/memory_figures.h"
#include "recorder.h"
#include "rings/doorbell.h"
#include "rings/thread.h"
#include "threshold_calls.h"
#include "writer/account.h"

#define EXPORT __attribute__((visibility("default"), noinline))

_Static_assert(MEMTRACE_LABEL_BYTES_MAX == MT_LABEL_BYTES_MAX, "what the header says is kept");
_Static_assert(MEMTRACE_NO_LIMIT == MT_NO_LIMIT, "one value for no limit");

/* For use in the functions that programs call: takes their frame. */
#define FRAME __builtin_frame_address(0)

static const char *text(const char *label) { return label != NULL ? label : ""; }

static void record(enum mt_moment_kind kind, uint64_t phase, const char *label, const void *frame) {
  struct mt_moment moment = {.kind = (uint32_t)kind, .phase = phase};
  if (mt_ready()) mt_moment_record(moment, text(label), frame);
}

/* What was resident then is to be known page by page. */
static void ask_for_account(void) {
  mt_account_ask();
  mt_doorbell_ring();
}

EXPORT void memtrace_mark(const char *label);
void memtrace_mark(const char *label) {
  if (label == NULL || !mt_ready()) return;
  mt_moment_mark(label, FRAME);
  ask_for_account();
}

static void snapshot(const char *label) {
  struct mt_memory_figures figures;
  if (!mt_ready()) return;
  mt_figures_of_process(&figures);
  struct mt_moment moment = {.kind = MT_MOMENT_SNAPSHOT,
                             .resident_bytes = figures.resident,
                             .virtual_bytes = figures.virtual};
  mt_moment_record(moment, text(label), FRAME);
  ask_for_account();
}

static void phase_begin(const char *name) { record(MT_MOMENT_PHASE_BEGIN, 0, name, FRAME); }

static void phase_end(void) { record(MT_MOMENT_PHASE_END, 0, "", FRAME); }

static memtrace_phase_t phase_open(const char *name) {
  static uint64_t opened;
  uint64_t phase = mt_add_relaxed(&opened, 1) + 1;
  record(MT_MOMENT_PHASE_BEGIN, phase, name, FRAME);
  return phase;
}

static void phase_close(memtrace_phase_t phase) {
  if (phase != 0) record(MT_MOMENT_PHASE_END, phase, "", FRAME);
}

static void pause_recording(void) {
  if (mt_ready()) mt_moment_pause(FRAME);
}

static void resume_recording(void) {
  if (mt_ready()) mt_moment_resume(FRAME);
}

static void stop_recording(void) {
  if (!mt_ready()) return;
  mt_recorder_arrive();
  mt_recorder_stop();
}

static int stats(struct memtrace_stats *result, size_t bytes) {
  struct mt_memory_figures figures;
  struct memtrace_stats all = {0};
  mt_figures_of_process(&figures);
  mt_figures_of_system(&figures);
  all.resident_bytes = figures.resident;
  all.virtual_bytes = figures.virtual;
  all.system_bytes = figures.system;
  all.system_available_bytes = figures.system_available;
  all.cgroup_bytes = figures.group;
  all.cgroup_limit_bytes = figures.group_limit;
  if (mt_ready()) mt_recorder_progress(&all.allocations, &all.lost_events);
  if (mt_live_heap.is_counted) {
    mt_live_heap_sum(&all.heap_bytes, &all.heap_blocks);
    all.heap_peak_bytes = (uint64_t)mt_load_relaxed(&mt_live_heap.peak_bytes);
  }
  if (bytes > sizeof all) { /* a later header's */
    memset((char *)result + sizeof all, 0, bytes - sizeof all);
    bytes = sizeof all;
  }
  memcpy(result, &all, bytes);
  return 1;
}

static memtrace_threshold_t threshold_add(const char *value, const char *label,
                                          memtrace_threshold_function function, void *argument) {
  if (!mt_ready()) return 0;
  mt_recorder_arrive();
  if (!mt_recorder_is_ours()) return 0;
  int error = errno;
  memtrace_threshold_t added = mt_threshold_calls_add(text(value), text(label), function, argument);
  errno = error;
  return added;
}

EXPORT const struct memtrace_table *memtrace_functions(void);
const struct memtrace_table *memtrace_functions(void) {
  static const struct memtrace_table table = {
      .bytes = sizeof table,
      .mark = memtrace_mark,
      .snapshot = snapshot,
      .phase_begin = phase_begin,
      .phase_end = phase_end,
      .phase_open = phase_open,
      .phase_close = phase_close,
      .pause = pause_recording,
      .resume = resume_recording,
      .stop = stop_recording,
      .stats = stats,
      .threshold_add = threshold_add,
      .threshold_remove = mt_threshold_calls_remove,
  };
  return &table;
}
