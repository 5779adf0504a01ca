/*
 * thresholds.h: limits on memory that somebody wants to be told about when they are reached: those
 * of the environment, which the recorder names "warning" and "critical", and those that the program
 * adds. The writer compares them with what is (writer/threshold_watch.h); whoever has added one
 * learns of it by a futex. A threshold that was reached counts again only after its measure has
 * fallen below nine tenths of it.
 */
#ifndef MEMTRACE_THRESHOLDS_H
#define MEMTRACE_THRESHOLDS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

#define MT_THRESHOLDS_MAX 16u
#define MT_THRESHOLD_LABEL_BYTES 64u

/* `[heap:|resident:|oom:]NUMBER[K|M|G|T|%]`; resident, where nothing is named. A share is of the
 * system's memory or of the control group's, whichever is less; of oom it is the only form. */
struct mt_threshold_value {
  uint32_t measure; /* enum mt_measure; 0: there is none */
  bool is_share;    /* `amount` is thousandths of a percent, else bytes */
  uint64_t amount;
};

/* [init] False if `text` is none. */
bool mt_threshold_parse(const char *text, struct mt_threshold_value *value);

/* The low bits of a state; those above count how often the place was given to somebody. */
enum mt_threshold_state {
  MT_THRESHOLD_FREE = 0,
  MT_THRESHOLD_TAKEN = 1, /* being written */
  MT_THRESHOLD_ARMED = 2,
  MT_THRESHOLD_REACHED = 3, /* and not left again */
  MT_THRESHOLD_STATES = 4,
};

struct mt_threshold {
  uint32_t state;     /* as above; published by a release */
  uint32_t crossings; /* so many times it was reached; written by the writer, after the figures */
  struct mt_threshold_value value;
  char label[MT_THRESHOLD_LABEL_BYTES];
  /* When it was last reached; written by the writer. */
  uint64_t limit_bytes, measured_bytes, resident_bytes;
};

struct mt_thresholds {
  struct mt_threshold all[MT_THRESHOLDS_MAX];
  uint32_t count; /* places that were ever used; none while nobody wants to be told anything */
  uint32_t rung;  /* futex: changes when one that the program added was reached */
};

extern struct mt_thresholds mt_thresholds;

/* [init] Puts those of the environment in their places, the first two. */
void mt_thresholds_begin(void);

/* [any, not in a hook] Takes a place for one; -1 if there is no room. */
int mt_thresholds_take(void);

/* [any, not in a hook] From here on the one at a place that was taken is watched. */
void mt_thresholds_arm(int place, const struct mt_threshold_value *value, const char *label);

/* [any, not in a hook] Removes the one at a place. */
void mt_thresholds_remove(int place);

/* [hook] In the child of a fork: forgets what the parent's program has added. */
void mt_thresholds_forget(void);

/*
 * [writer] What was found of a threshold's measure: its present value and what counts as the limit.
 * `state` is what it was before its value was read. True if that is news: the threshold was reached
 * just now, and the figures are noted.
 */
bool mt_threshold_note(struct mt_threshold *threshold, uint32_t state, uint64_t measured,
                       uint64_t limit, uint64_t resident);

#endif
