/* schedule.c: see schedule.h. */
#include "writer/schedule.h"

#include <string.h>

#include "batch/batch.h"
#include "process/options.h"
#include "process/state.h"
#include "trace_format.h"
#include "writer/account.h"
#include "writer/process_facts.h"

#define SNAPSHOT_LABEL "periodic"
#define LABEL_BYTES_MAX 16u

static struct {
  bool is_started;      /* recording, for the time that is asked for */
  uint64_t started_ns;  /* since when */
  uint64_t snapshot_ns; /* of the latest */
} schedule;

/* Between the events there is no place for it: its time is all that is known. */
static void add_moment(struct mt_moment moment, const char *label) {
  struct {
    struct mt_moment moment;
    char label[LABEL_BYTES_MAX];
  } record;
  moment.label_bytes = (uint32_t)strlen(label);
  record.moment = moment;
  memcpy(record.label, label, moment.label_bytes);
  mt_batch_add_record(MT_RECORD_MOMENT, &record, (uint32_t)sizeof moment + moment.label_bytes);
}

static void take_snapshot(uint64_t now_ns) {
  struct mt_memory_sample sample = {.time_ns = now_ns};
  mt_facts_memory(&sample);
  add_moment((struct mt_moment){.time_ns = now_ns,
                                .kind = MT_MOMENT_SNAPSHOT,
                                .resident_bytes = sample.resident_bytes,
                                .virtual_bytes = sample.virtual_bytes},
             SNAPSHOT_LABEL);
  mt_batch_flush_records();
  mt_account_ask();
  schedule.snapshot_ns = now_ns;
}

void mt_schedule_begin(void) {
  memset(&schedule, 0, sizeof schedule);
  if (mt_load_relaxed(&mt_hot->skipped) == MT_SKIPPED_NOTHING) return;
  add_moment((struct mt_moment){.kind = MT_MOMENT_PAUSE}, "");
}

bool mt_schedule_look(uint64_t now_ns) {
  if (mt_load_acquire(&mt_hot->skipped) == MT_SKIPPED_ALL) {
    if (mt_options.after_ns == 0 || now_ns < mt_options.after_ns) return false;
    add_moment((struct mt_moment){.time_ns = now_ns, .kind = MT_MOMENT_RESUME}, "");
    mt_state_skip(MT_SKIPPED_NOTHING);
  }
  if (!schedule.is_started) {
    schedule.is_started = true;
    schedule.started_ns = schedule.snapshot_ns = now_ns;
  }
  if (mt_options.snapshot_every_ns != 0 &&
      now_ns - schedule.snapshot_ns >= mt_options.snapshot_every_ns) {
    take_snapshot(now_ns);
  }
  return mt_options.for_ns != 0 && now_ns - schedule.started_ns >= mt_options.for_ns;
}
