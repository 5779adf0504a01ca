/*
 * schedule.h: what the environment asks to happen at certain times of a trace: the end of the pause
 * that it begins with, snapshots, the end of recording. As exact as the writer's rounds are
 * frequent: 20 ms where it is a task of its own. Everything here is [writer].
 */
#ifndef MEMTRACE_SCHEDULE_H
#define MEMTRACE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* A trace begins: says so in it if it begins with a pause. */
void mt_schedule_begin(void);

/* Does what is due. True: recording is to stop. */
bool mt_schedule_look(uint64_t now_ns);

#endif
