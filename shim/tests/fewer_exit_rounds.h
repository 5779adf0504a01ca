/*
 * fewer_exit_rounds.h: included before all else where a sanitizer is at work. ThreadSanitizer's own
 * state of a thread ends with the last round of thread-exit destructors, in which ours would end:
 * here ours takes the last but one.
 */
#ifndef MEMTRACE_FEWER_EXIT_ROUNDS_H
#define MEMTRACE_FEWER_EXIT_ROUNDS_H

#include <limits.h>

#undef PTHREAD_DESTRUCTOR_ITERATIONS
#define PTHREAD_DESTRUCTOR_ITERATIONS 3

#endif
