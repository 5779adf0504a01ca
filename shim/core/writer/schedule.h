/*
 * schedule.h: what the environment asks to happen at certain times of a trace: the end of the pause
 * that it begins with, snapshots, the end of recording. As exact as the writer's rounds are
 * frequent: 20 ms where it is a task of its own. Everything here is [writer].
 */
#ifndef MEMTRACE_SCHEDULE_H
#define MEMTRACE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

/* A trace begins: says so in it if it begins with a pause. */
void mt_schedule_begin(void);

/* Adds a moment that is of no thread: its time is all that is known. The label has at most
 * MT_LABEL_BYTES_MAX bytes. */
void mt_schedule_add_moment(struct mt_moment moment, const char *label);

/* Takes a snapshot at once. */
void mt_schedule_snapshot(uint64_t now_ns, const char *label);

/* Does what is due. True: recording is to stop. */
bool mt_schedule_look(uint64_t now_ns);

#endif
