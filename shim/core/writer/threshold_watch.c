/* threshold_watch.c: see threshold_watch.h. */
#include "writer/threshold_watch.h"

#include <string.h>

#include "batch/batch.h"
#include "process/live_heap.h"
#include "process/memory_figures.h"
#include "process/thresholds.h"
#include "trace_format.h"
#include "writer/account.h"
#include "writer/notify.h"
#include "writer/schedule.h"

#define LOOK_NS UINT64_C(15000000)
/* The system's figures cost ten times as much as the process's. */
#define SYSTEM_LOOK_NS UINT64_C(60000000)
#define WHOLE 100000u /* thousandths of a percent */

static struct {
  uint64_t looked_ns;
  uint64_t system_ns;
  uint64_t memory;                  /* of the system, or of the group, whichever is less */
  uint64_t used, limit;             /* of the nearest limit */
  struct mt_memory_figures figures; /* of this look */
  uint64_t heap;
} watch;

void mt_threshold_watch_begin(void) { memset(&watch, 0, sizeof watch); }

/* Whether any threshold that is watched needs the system's figures. */
static bool needs_system(uint32_t count) {
  for (uint32_t place = 0; place < count; place++) {
    struct mt_threshold *threshold = &mt_thresholds.all[place];
    uint32_t state = mt_load_acquire(&threshold->state) % MT_THRESHOLD_STATES;
    if (state >= MT_THRESHOLD_ARMED && threshold->value.is_share) return true;
  }
  return false;
}

static void look_at_system(uint64_t now_ns) {
  if (watch.system_ns != 0 && now_ns - watch.system_ns < SYSTEM_LOOK_NS) return;
  watch.system_ns = now_ns;
  struct mt_memory_figures figures;
  mt_figures_of_system(&figures);
  watch.memory = figures.system < figures.group_limit ? figures.system : figures.group_limit;
  if (!mt_figures_of_nearest_limit(&watch.used, &watch.limit)) watch.limit = 0;
}

static uint64_t share_of(uint64_t whole, uint64_t thousandths) {
  return (uint64_t)((double)whole * ((double)thousandths / WHOLE));
}

/* What a threshold measures, and what counts as its limit; false if that is not known. */
static bool measure(const struct mt_threshold_value *value, uint64_t *measured, uint64_t *limit) {
  if (value->measure == MT_MEASURE_OOM) {
    *measured = watch.used;
    *limit = share_of(watch.limit, value->amount);
    return watch.limit != 0;
  }
  *measured = value->measure == MT_MEASURE_HEAP ? watch.heap : watch.figures.resident;
  *limit = value->is_share ? share_of(watch.memory, value->amount) : value->amount;
  return *limit != 0 && (value->measure != MT_MEASURE_HEAP || mt_live_heap.is_counted);
}

static void compare(struct mt_threshold *threshold, uint64_t now_ns) {
  uint32_t state = mt_load_acquire(&threshold->state);
  if (state % MT_THRESHOLD_STATES < MT_THRESHOLD_ARMED) return;
  struct mt_threshold seen = *threshold;
  uint64_t measured, limit;
  if (!measure(&seen.value, &measured, &limit)) return;
  if (!mt_threshold_note(threshold, state, measured, limit, watch.figures.resident)) return;
  mt_schedule_add_moment((struct mt_moment){.time_ns = now_ns,
                                            .kind = MT_MOMENT_THRESHOLD,
                                            .phase = limit,
                                            .resident_bytes = watch.figures.resident,
                                            .virtual_bytes = watch.figures.virtual,
                                            .measure = seen.value.measure},
                         seen.label);
  mt_batch_flush_records();
  mt_account_ask();
  mt_notify_threshold(&seen, measured, limit, &watch.figures);
}

void mt_threshold_watch_look(uint64_t now_ns) {
  uint32_t count = mt_load_acquire(&mt_thresholds.count);
  if (count == 0 || (watch.looked_ns != 0 && now_ns - watch.looked_ns < LOOK_NS)) return;
  watch.looked_ns = now_ns;
  if (!mt_figures_of_process(&watch.figures)) return;
  uint64_t blocks;
  if (mt_live_heap.is_counted) mt_live_heap_sum(&watch.heap, &blocks);
  if (needs_system(count)) look_at_system(now_ns);
  for (uint32_t place = 0; place < count; place++) compare(&mt_thresholds.all[place], now_ns);
}
