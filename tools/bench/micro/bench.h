/*
 * bench.h: what the micro-benchmarks share: a table of rows, each a loop around one part of the
 * recorder, and the command line. Without arguments every row is timed. With a row's name and a
 * count only that row runs, so often: for callgrind, which counts instructions.
 */
#ifndef MEMTRACE_MICRO_BENCH_H
#define MEMTRACE_MICRO_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct row {
  const char *name, *meaning;
  void (*body)(long); /* does the part `count` times */
  int depth;          /* frames to stand above it */
  long count;         /* when timed */
};

enum { TIMES = 5 }; /* a row is timed so often, the fastest counts: the others were disturbed */

/* Runs `body` below `depth` frames. */
static __attribute__((noinline)) void below(int depth, long count, void (*body)(long)) {
  if (depth > 0)
    below(depth - 1, count, body);
  else
    body(count);
  __asm__ volatile("");
}

static double processor_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void time_row(const struct row *row) {
  double best = 1e30;
  below(row->depth, row->count / 50, row->body); /* warm */
  for (int i = 0; i < TIMES; i++) {
    double start = processor_ns();
    below(row->depth, row->count, row->body);
    double ns = (processor_ns() - start) / (double)row->count;
    if (ns < best) best = ns;
  }
  printf("%s %.2f %s\n", row->name, best, row->meaning);
}

static int run_rows(const struct row *rows, size_t rows_count, int count, char **arguments) {
  for (size_t i = 0; i < rows_count; i++) {
    if (count < 3) {
      time_row(&rows[i]);
    } else if (strcmp(arguments[1], rows[i].name) == 0) {
      below(rows[i].depth, atol(arguments[2]), rows[i].body);
    }
  }
  return 0;
}

#define RUN_ROWS(rows, count, arguments) \
  run_rows((rows), sizeof(rows) / sizeof *(rows), (count), (arguments))

#endif
