/*
 * moments.h: what a program says of itself: marks, snapshots, the edges of phases, pauses. Their
 * place among the calling thread's events is exact. Everything here is [signal-safe]. Labels are
 * UTF-8, ended by NUL; at most MT_LABEL_BYTES_MAX bytes are kept, whole characters only.
 */
#ifndef MEMTRACE_MOMENTS_H
#define MEMTRACE_MOMENTS_H

#include <stdint.h>

#include "trace_format.h"

#define MT_LABEL_BYTES_MAX 255u

/* `frame`, here and below: the frame address of the function that the program called. */
void mt_moment_mark(const char *label, const void *frame);

/* `moment`: kind, and what goes with it; its time, thread and length are filled in here. */
void mt_moment_record(struct mt_moment moment, const char *label, const void *frame);

/* Begins and ends a pause; one within another is none. */
void mt_moment_pause(const void *frame);
void mt_moment_resume(const void *frame);

#endif
