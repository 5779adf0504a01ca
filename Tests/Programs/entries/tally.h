/*
 * tally.h: what a program of this folder allocates and frees in `work`, counted by itself: each
 * call notes what it asked for. `tally_print` says it in the order of the analyzer's totals:
 * allocations, frees, blocks left, bytes left.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>
#include <stdio.h>

static struct { long allocations, frees, bytes; } tally;

/* A resize is a free and an allocation. Not inlined: the caller's frame is the caller's. */
static inline void tally_gain(const void *block, size_t bytes) {
  if (block == NULL) return;
  tally.allocations++;
  tally.bytes += (long)bytes;
}

static inline void tally_loss(size_t bytes) {
  tally.frees++;
  tally.bytes -= (long)bytes;
}

static inline void tally_resize(const void *block, size_t old_bytes, size_t bytes) {
  if (block == NULL) return;
  tally_loss(old_bytes);
  tally_gain(block, bytes);
}

static inline void tally_print(void) {
  printf("%ld %ld %ld %ld\n", tally.allocations, tally.frees, tally.allocations - tally.frees,
         tally.bytes);
}

#endif
