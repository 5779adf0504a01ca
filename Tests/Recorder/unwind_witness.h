/*
 * unwind_witness.h: the hook of the unwinder's tests. Each call unwinds its caller's stack three
 * times and compares: with what this thread kept of its last stack, from scratch, and by libunwind
 * step by step, linked in directly.
 */
#ifndef MEMTRACE_UNWIND_WITNESS_H
#define MEMTRACE_UNWIND_WITNESS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Before anything else. */
void witness_begin(void);

/* A stack that both unwinders must see alike, from the caller to a thread's start. */
void witness(const char *what);

/* The same, for stacks that end where nobody can go on: alike, but both may stop early. */
void witness_broken(const char *what);

/*
 * Where libunwind's guess is worse than ours: the stack must be the last one with its leaf replaced
 * by another call from the same function and `more` frames.
 */
void witness_longer(const char *what, int more);

/*
 * The same, with `count` async callers, innermost first, of the frame `frame` calls above the
 * hook's caller.
 */
void witness_async(const char *what, int frame, const void *const *callers, int count);

/* Only unwinds, on the state that the next witness starts from. */
void witness_quick(void);

/* The longest run of equal program counters in the last stack of this thread. */
int witness_longest_run(void);

/* The incarnation of the module of the last stack's frame nearest to the leaf in [start, end). */
int witness_incarnation(const void *start, const void *end);

/* Real dlclose, told to the module list as an interposed one would. */
int witness_dlclose(void *handle);

void witness_fail(const char *what, const char *why);

/* Prints the sums; the exit code of the program. */
int witness_end(void);

#ifdef __cplusplus
}
#endif

#endif
