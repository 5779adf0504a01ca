/*
 * slots.h: the places for threads in the trace file, each with a ring. A slot is used again once
 * its thread has ended and the writer has taken the last word from its ring.
 */
#ifndef MEMTRACE_SLOTS_H
#define MEMTRACE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#define MT_NO_SLOT UINT32_MAX

/* [hook] A slot whose ring can be written to; waits for the writer to reserve its blocks if need
 * be. MT_NO_SLOT when there is none. */
uint32_t mt_slots_take(void);

/* [hook] Returns a slot that was not used after all. */
void mt_slots_give_back(uint32_t slot);

/* [hook] A thread has ended, whose slot the writer will release. True when so many have that the
 * writer should come: not for each, because its waking costs more than all of a short thread. */
bool mt_slots_note_end(void);

/* [writer] Returns the slot of a thread that has ended, whose ring is empty, to the pool. */
void mt_slots_release(uint32_t slot);

/* [any] Slots that were ever used: [0, result). */
uint32_t mt_slots_used(void);

/* [hook] In the child of a fork: no slot is in use. */
void mt_slots_forget(void);

#endif
