/*
 * filter.h: what a seccomp filter answers to the system calls that recording makes, found out by
 * running it as the kernel would, before it is installed.
 */
#ifndef MEMTRACE_FILTER_H
#define MEMTRACE_FILTER_H

#include <stdint.h>

struct sock_fprog;

enum mt_filter_verdict {
  MT_FILTER_HARMLESS, /* recording goes on: what it needs is allowed, the rest at least refused */
  MT_FILTER_NO_NEW_TASK, /* it goes on as long as nobody tries to start a task */
  MT_FILTER_DEADLY,      /* a call that recording makes would end the program, or disturb it */
};

/* 1: getrusage would end the program, or disturb it. Written when a filter is judged (relaxed),
 * read by the writer. */
extern uint32_t mt_filter_forbids_usage;

/* [any] Judges a filter, whose instructions are readable. */
enum mt_filter_verdict mt_filter_judge(const struct sock_fprog *program);

#endif
