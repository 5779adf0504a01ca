/*
 * state.h: the few words that every hook reads, in one page of their own. The page is wiped in the
 * child of a fork (MADV_WIPEONFORK): a child finds an epoch of zero, which no thread remembers, and
 * takes the slow way in, however the fork came about and whichever handler allocates first.
 */
#ifndef MEMTRACE_STATE_H
#define MEMTRACE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/sys.h"

enum mt_state {
  MT_STATE_NONE = 0,      /* not started, or the wiped page of a child after fork */
  MT_STATE_STARTING = 1,  /* events are kept in the early log */
  MT_STATE_RECORDING = 2, /* events go into rings */
  MT_STATE_PAUSED = 3,    /* hooks wait: the trace is being closed or handed on */
  MT_STATE_TAIL = 4,      /* the trace is closed; late events are appended one by one */
  MT_STATE_OFF = 5,       /* recording is over; events are counted as lost */
  MT_STATE_SHORT = 6, /* a child of a fork, which may be short: events are appended one by one */
};

/* What a pause leaves out. Nothing of a process that has not recorded a block yet is of interest;
 * later, the releases of recorded blocks are. */
enum mt_skipped {
  MT_SKIPPED_NOTHING = 0,
  MT_SKIPPED_ALLOCATIONS = 1,
  MT_SKIPPED_ALL = 2,
};

struct mt_hot {
  uint64_t epoch;    /* changes with state, clock and sharing; written by whoever changes those */
  uint64_t clock_ns; /* after the trace's start, coarse; see rings/clock.h */
  uint32_t state;    /* enum mt_state */
  uint32_t shared;   /* 1 once a second thread records: releases name their allocations */
  uint64_t turn;     /* see rings/turns.h; counted up by hooks and by the writer */
  uint32_t quiet;    /* 1: nobody keeps clock_ns, hooks look at the clock; written by the writer */
  uint64_t turn_bytes;   /* bytes that a thread allocates without a turn; written by the writer */
  uint64_t clock_cycles; /* the cycle counter when clock_ns was set; written by who sets it */
  uint64_t tick_cycles;  /* so many cycles later clock_ns is stale; written by the writer */
  uint32_t skipped;      /* enum mt_skipped; while it is not 0 no thread keeps an epoch */
};

/* No epoch ever. */
#define MT_EPOCH_NEVER UINT64_MAX

/* Always valid: a page of zeros before recording starts. */
extern MT_NEAR_DATA struct mt_hot *mt_hot;

/* [init] Puts the words into a page that a fork wipes. NULL, or why that could not be, as text. */
const char *mt_state_begin(void);

/* [hook] Changes the state, so that every hook notices, and wakes those who wait for a change. */
void mt_state_set(enum mt_state state);

/*
 * [any] Begins or ends a pause as the program knows it. Every hook notices, for the epoch changes;
 * a call that has passed its look at the epoch is still recorded. A child of a fork pauses on.
 */
void mt_state_skip(enum mt_skipped skipped);

/* [hook] In the child of a fork: no epoch from here on is one that its parent had. */
void mt_state_begin_in_child(void);

/* [hook] Returns when a pause is over, or after some milliseconds. */
void mt_state_wait_while_paused(void);

/*
 * [hook] Blocks all signals, for work outside a hook's struct on what a child does not inherit: if
 * a handler forked in the middle of it, the child would go back to memory that is not there. False,
 * with nothing blocked, in a child that a handler forked before.
 */
bool mt_state_hold(uint64_t *mask);
static inline void mt_state_let_go(uint64_t mask) { mt_sys_signal_mask(mask, NULL); }

/* [hook] True while a trace is open, and hooks record into it. */
static inline bool mt_state_records(uint32_t state) {
  return state == MT_STATE_RECORDING || state == MT_STATE_SHORT;
}
static inline bool mt_state_is_recording(void) {
  return mt_state_records(mt_load_relaxed(&mt_hot->state));
}

/* [hook] True where an event is in the file before its hook returns. */
static inline bool mt_state_is_one_by_one(void) {
  uint32_t state = mt_load_relaxed(&mt_hot->state);
  return state == MT_STATE_TAIL || state == MT_STATE_SHORT;
}

/* [hook] True when recording is over: nobody will ever empty a ring again. */
static inline bool mt_state_is_off(void) { return mt_load_relaxed(&mt_hot->state) == MT_STATE_OFF; }

#endif
