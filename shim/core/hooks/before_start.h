/*
 * before_start.h: a log of the blocks that came and went before recording could start: the dynamic
 * loader and the constructors of other libraries call malloc before ours. Replayed as the first
 * events, with their caller as their whole stack. Used by one thread: there is no other so early.
 */
#ifndef MEMTRACE_BEFORE_START_H
#define MEMTRACE_BEFORE_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rings/thread.h"

/* [hook] Notes an event, if recording has not begun to start. `pc`: the hook's return address. */
void mt_early_note_allocation(const void *block, size_t bytes, uint64_t pc);
void mt_early_note_release(const void *block);

/* [init] Writes what was noted to the ring of `thread`, unless recording starts with a pause, and
 * takes no more notes. */
void mt_early_replay(struct mt_thread *thread);

#endif
