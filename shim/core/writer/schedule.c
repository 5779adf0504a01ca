/* schedule.c: see schedule.h. */
#include "writer/schedule.h"

#include <string.h>

#include "batch/batch.h"
#include "hooks/moments.h"
#include "process/control_signals.h"
#include "process/options.h"
#include "process/state.h"
#include "trace_format.h"
#include "writer/account.h"
#include "writer/process_facts.h"

#define SNAPSHOT_LABEL "periodic"
#define SIGNALS_NS UINT64_C(100000000)

static struct {
  bool is_started;      /* recording, for the time that is asked for */
  uint64_t started_ns;  /* since when */
  uint64_t snapshot_ns; /* of the latest */
  uint64_t signals_ns;  /* when they were last looked at */
} schedule;

/* Between the events there is no place for it: its time is all that is known. */
void mt_schedule_add_moment(struct mt_moment moment, const char *label) {
  struct {
    struct mt_moment moment;
    char label[MT_LABEL_BYTES_MAX + 1];
  } record;
  moment.label_bytes = (uint32_t)strlen(label);
  record.moment = moment;
  memcpy(record.label, label, moment.label_bytes);
  mt_batch_add_record(MT_RECORD_MOMENT, &record, (uint32_t)sizeof moment + moment.label_bytes);
}

void mt_schedule_snapshot(uint64_t now_ns, const char *label) {
  struct mt_memory_sample sample = {.time_ns = now_ns};
  mt_facts_memory(&sample);
  mt_schedule_add_moment((struct mt_moment){.time_ns = now_ns,
                                            .kind = MT_MOMENT_SNAPSHOT,
                                            .resident_bytes = sample.resident_bytes,
                                            .virtual_bytes = sample.virtual_bytes},
                         label);
  mt_batch_flush_records();
  mt_account_ask();
}

void mt_schedule_begin(void) {
  memset(&schedule, 0, sizeof schedule);
  mt_control_signals_begin_trace();
  if (mt_load_relaxed(&mt_hot->skipped) == MT_SKIPPED_NOTHING) return;
  mt_schedule_add_moment((struct mt_moment){.kind = MT_MOMENT_PAUSE}, "");
}

/* Says of a signal that the program has taken it, as soon as that is seen. */
static void look_at_signals(uint64_t now_ns) {
  if (schedule.signals_ns != 0 && now_ns - schedule.signals_ns < SIGNALS_NS) return;
  schedule.signals_ns = now_ns;
  int lost = mt_control_signals_lost();
  if (lost == 0) return;
  mt_facts_add_trouble(MT_TROUBLE_SIGNAL_TAKEN, lost);
  mt_batch_flush_records();
}

bool mt_schedule_look(uint64_t now_ns) {
  look_at_signals(now_ns);
  if (mt_load_acquire(&mt_hot->skipped) == MT_SKIPPED_ALL) {
    if (mt_options.after_ns == 0 || now_ns < mt_options.after_ns) return false;
    mt_schedule_add_moment((struct mt_moment){.time_ns = now_ns, .kind = MT_MOMENT_RESUME}, "");
    mt_state_skip(MT_SKIPPED_NOTHING);
  }
  if (!schedule.is_started) {
    schedule.is_started = true;
    schedule.started_ns = schedule.snapshot_ns = now_ns;
  }
  if (mt_options.snapshot_every_ns != 0 &&
      now_ns - schedule.snapshot_ns >= mt_options.snapshot_every_ns) {
    mt_schedule_snapshot(now_ns, SNAPSHOT_LABEL);
    schedule.snapshot_ns = now_ns;
  }
  return mt_options.for_ns != 0 && now_ns - schedule.started_ns >= mt_options.for_ns;
}
