/*
 * filter.h: what a seccomp filter answers to the system calls that recording makes, found out by
 * running it as the kernel would, before it is installed.
 */
#ifndef MEMTRACE_FILTER_H
#define MEMTRACE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

struct sock_fprog;

/* The ioctl of /proc/PID/pagemap. */
#define MT_PAGEMAP_SCAN 0xc0606610u

enum mt_filter_verdict {
  MT_FILTER_HARMLESS, /* recording goes on: what it needs is allowed, the rest at least refused */
  MT_FILTER_NO_NEW_TASK, /* it goes on as long as nobody tries to start a task */
  MT_FILTER_DEADLY,      /* a call that recording makes would end the program, or disturb it */
};

/* What recording can do without: calls that would end the program, or disturb it. */
enum mt_filter_forbidden {
  MT_FORBIDS_USAGE = 1,      /* getrusage */
  MT_FORBIDS_CONFORMING = 2, /* the calls by which the task gives up rights */
  MT_FORBIDS_JOINING = 4,    /* seccomp, by which the task takes on another filter */
  MT_FORBIDS_TASK = 8,       /* to start a task: also in children, and when it has ended since */
  MT_FORBIDS_SCANNING = 16,  /* to ask for runs of resident pages, and for a thread's time */
  MT_FORBIDS_TALKING = 32,   /* sockets: to be controlled, and to tell the launcher */
};

/* Of all filters so far. Written when one is judged, read by the writer and by who installs one. */
extern uint32_t mt_filter_forbidden;

static inline bool mt_filter_forbids(enum mt_filter_forbidden what) {
  return (mt_load_relaxed(&mt_filter_forbidden) & (uint32_t)what) != 0;
}

/* [init] A filter that nobody has judged is in force: what can be done without is not done. */
void mt_filter_is_inherited(void);

/* [any] Judges a filter, whose instructions are readable. */
enum mt_filter_verdict mt_filter_judge(const struct sock_fprog *program);

#endif
