/*
 * doorbell.h: how hooks and the writer wake each other: the futex words between them, and nothing
 * of what either does. A hook rings when its ring fills, and waits here for room; the writer sleeps
 * here, and says when rings were emptied. Where there is no writer task, ringing does a round of
 * its work (inline_turn.h).
 */
#ifndef MEMTRACE_DOORBELL_H
#define MEMTRACE_DOORBELL_H

#include <stdint.h>

struct mt_doorbell {
  uint32_t wake;     /* futex: changes when the writer is rung for */
  uint32_t sleeping; /* 1 while the writer waits on `wake` */
  uint32_t drained;  /* futex: changes when rings were emptied */
  uint32_t waiters;  /* hooks that wait on `drained` */
  uint32_t task;     /* tid of the task; 0: there is none. The kernel clears it when it ends */
};

extern struct mt_doorbell mt_doorbell;

/* [hook] Wakes the writer if it sleeps. */
void mt_doorbell_ring(void);

/* [hook] Waits until *word is no longer `seen`, or for some milliseconds. */
void mt_doorbell_wait_for_change(uint32_t *word, uint32_t seen);

/* [hook] Waits until the writer has moved *tail (of a ring, or of the free slots) from `seen`, or
 * for some milliseconds. */
void mt_doorbell_wait_for_drain(const uint64_t *tail, uint64_t seen);

/* [hook] Waits until ring slot `slot` may be used, or for some milliseconds. */
void mt_doorbell_wait_for_rings(uint32_t slot);

/* [writer] Sleeps until rung for, or for `limit_ns`; not at all if `request` is no longer 0. */
void mt_doorbell_sleep(const uint32_t *request, uint64_t limit_ns);

/* [writer] Rings were emptied: wakes the hooks that wait for it. */
void mt_doorbell_answer(void);

/* [hook] In the child of a fork: nobody waits, and there is no task. */
void mt_doorbell_forget(void);

#endif
