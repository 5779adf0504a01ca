/* thresholds.c: see thresholds.h. */
#include "process/thresholds.h"

#include <string.h>

#include "base/atomics.h"
#include "base/sys.h"
#include "base/text.h"
#include "process/options.h"

#define PLACES_OF_ENVIRONMENT 2u
#define SHARE_MAX 100000u /* thousandths of a percent */
#define BYTES_MAX (UINT64_C(1) << 60)

struct mt_thresholds mt_thresholds;

/* ---- Reading one ---- */

static const struct {
  const char *prefix;
  uint32_t measure;
} measures[] = {
    {"heap:", MT_MEASURE_HEAP}, {"resident:", MT_MEASURE_RESIDENT}, {"oom:", MT_MEASURE_OOM}};

/* How often a unit is to be shifted by ten bits; -1: it is none. */
static int unit_steps(const char *text) {
  static const char units[] = "KMGT";
  if (*text == '\0') return 0;
  const char *unit = strchr(units, *text);
  return unit != NULL && text[1] == '\0' ? (int)(unit - units) + 1 : -1;
}

/* Up to three decimals, as thousandths. */
static uint64_t take_thousandths(const char **cursor) {
  uint64_t thousandths = mt_text_take_number(cursor) * 1000;
  if (**cursor != '.') return thousandths;
  ++*cursor;
  for (uint64_t digit = 100; digit > 0 && **cursor >= '0' && **cursor <= '9'; digit /= 10) {
    thousandths += (uint64_t)(*(*cursor)++ - '0') * digit;
  }
  return thousandths;
}

bool mt_threshold_parse(const char *text, struct mt_threshold_value *value) {
  *value = (struct mt_threshold_value){.measure = MT_MEASURE_RESIDENT};
  for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
    size_t length = strlen(measures[i].prefix);
    if (strncmp(text, measures[i].prefix, length) != 0) continue;
    value->measure = measures[i].measure;
    text += length;
    break;
  }
  if (*text < '0' || *text > '9' || strlen(text) > 18) return false;
  const char *end = text + strlen(text) - 1;
  if (*end == '%') {
    value->is_share = true;
    value->amount = take_thousandths(&text);
    return text == end && value->amount > 0 && value->amount <= SHARE_MAX;
  }
  uint64_t number = mt_text_take_number(&text);
  int steps = unit_steps(text);
  if (steps < 0 || value->measure == MT_MEASURE_OOM) return false;
  if (number == 0 || number > BYTES_MAX >> (10 * steps)) return false;
  value->amount = number << (10 * steps);
  return true;
}

/* ---- The table ---- */

static uint32_t state_with(uint32_t state, enum mt_threshold_state low) {
  return (state & ~(MT_THRESHOLD_STATES - 1u)) | (uint32_t)low;
}

static bool is_in(uint32_t state, enum mt_threshold_state low) {
  return state % MT_THRESHOLD_STATES == (uint32_t)low;
}

static void arm(struct mt_threshold *threshold, const struct mt_threshold_value *value,
                const char *label) {
  threshold->value = *value;
  size_t length = strnlen(label, MT_THRESHOLD_LABEL_BYTES);
  if (length == MT_THRESHOLD_LABEL_BYTES) { /* whole characters */
    do {
      length--;
    } while (length > 0 && ((unsigned char)label[length] & 0xc0) == 0x80);
  }
  memcpy(threshold->label, label, length);
  threshold->label[length] = '\0';
  uint32_t state = mt_load_relaxed(&threshold->state) + MT_THRESHOLD_STATES;
  /* Pairs with the acquire in the watch. */
  mt_store_release(&threshold->state, state_with(state, MT_THRESHOLD_ARMED));
}

void mt_thresholds_begin(void) {
  bool warns = mt_options.warn.measure != 0, alarms = mt_options.critical.measure != 0;
  if (warns) arm(&mt_thresholds.all[0], &mt_options.warn, "warning");
  if (alarms) arm(&mt_thresholds.all[1], &mt_options.critical, "critical");
  if (warns || alarms) mt_store_release(&mt_thresholds.count, PLACES_OF_ENVIRONMENT);
}

int mt_thresholds_take(void) {
  for (uint32_t place = PLACES_OF_ENVIRONMENT; place < MT_THRESHOLDS_MAX; place++) {
    uint32_t *state = &mt_thresholds.all[place].state, seen = mt_load_relaxed(state);
    if (!is_in(seen, MT_THRESHOLD_FREE)) continue;
    if (mt_cas_acq_rel(state, &seen, state_with(seen, MT_THRESHOLD_TAKEN))) return (int)place;
  }
  return -1;
}

void mt_thresholds_arm(int place, const struct mt_threshold_value *value, const char *label) {
  arm(&mt_thresholds.all[place], value, label);
  uint32_t count = mt_load_relaxed(&mt_thresholds.count), least = (uint32_t)place + 1;
  while (count < least && !mt_cas_acq_rel(&mt_thresholds.count, &count, least)) {
  }
}

void mt_thresholds_remove(int place) {
  uint32_t *state = &mt_thresholds.all[place].state, seen = mt_load_relaxed(state);
  while (!mt_cas_acq_rel(state, &seen, state_with(seen, MT_THRESHOLD_FREE))) {
  }
}

void mt_thresholds_forget(void) {
  for (uint32_t place = 0; place < MT_THRESHOLDS_MAX; place++) {
    struct mt_threshold *threshold = &mt_thresholds.all[place];
    bool is_kept = place < PLACES_OF_ENVIRONMENT && !is_in(threshold->state, MT_THRESHOLD_FREE);
    threshold->state =
        state_with(threshold->state, is_kept ? MT_THRESHOLD_ARMED : MT_THRESHOLD_FREE);
  }
  if (mt_thresholds.count > PLACES_OF_ENVIRONMENT) mt_thresholds.count = PLACES_OF_ENVIRONMENT;
}

bool mt_threshold_note(struct mt_threshold *threshold, uint32_t state, uint64_t measured,
                       uint64_t limit, uint64_t resident) {
  bool is_below = measured < limit - limit / 10;
  if (is_in(state, MT_THRESHOLD_REACHED) && is_below) {
    mt_cas_acq_rel(&threshold->state, &state, state_with(state, MT_THRESHOLD_ARMED));
    return false;
  }
  if (!is_in(state, MT_THRESHOLD_ARMED) || measured < limit) return false;
  mt_store_relaxed(&threshold->limit_bytes, limit);
  mt_store_relaxed(&threshold->measured_bytes, measured);
  mt_store_relaxed(&threshold->resident_bytes, resident);
  if (!mt_cas_acq_rel(&threshold->state, &state, state_with(state, MT_THRESHOLD_REACHED))) {
    return false;
  }
  mt_add_acq_rel(&threshold->crossings, 1); /* pairs with the acquire of who is told */
  mt_add_acq_rel(&mt_thresholds.rung, 1);
  mt_sys_futex_wake(&mt_thresholds.rung, INT32_MAX);
  return true;
}
