/*
 * common.h: what the benchmark's own programs share: a clock, a generator of reproducible
 * numbers, argument parsing, and the one line of result that the harness reads.
 */
#ifndef MEMTRACE_BENCH_COMMON_H
#define MEMTRACE_BENCH_COMMON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A function that keeps its own frame, whatever the optimiser thinks. */
#define FRAME __attribute__((noinline, noclone))

/* Makes the compiler believe that a block is used, so that no malloc-free pair is removed. */
static inline void keep(void *block) { __asm__ volatile("" : : "r"(block) : "memory"); }

/* Stops a call in front of it from becoming a jump, which would drop the caller's frame. */
#define NO_TAIL_CALL() __asm__ volatile("" : : : "memory")

static inline double now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Xorshift: 64-bit state, never zero; cheap beside a malloc. */
static inline uint32_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  *state = x;
  return (uint32_t)(x >> 32);
}

static inline long argument(int count, char **arguments, int index, const char *name) {
  char *end;
  long value = index < count ? strtol(arguments[index], &end, 10) : 0;
  if (value <= 0 || *end != '\0') {
    fprintf(stderr, "%s: argument %d: %s: a positive number is needed\n", arguments[0], index,
            name);
    exit(2);
  }
  return value;
}

/* `operations` is what the row counts: allocate-free pairs, requests, threads. */
static inline void report_throughput(double operations, double start) {
  printf("throughput %.0f per second\n", operations / (now_seconds() - start));
}

#ifdef __cplusplus
}
#endif
#endif
