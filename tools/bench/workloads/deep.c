/*
 * deep: allocates at the end of a call chain of a given depth. Only the last four frames change
 * from one group of allocations to the next, as they do in a recursive parser or compiler.
 *
 *   deep FRAMES PAIRS
 *
 * FRAMES counts from main to the caller of malloc, at least 3.
 */
#include "common.h"

enum { CHANGING_FRAMES = 4, PAIRS_PER_LEAF = 4, WINDOW = 64 };

static long frames;
static uint64_t seed = 88172645463325252u;
static void *window[WINDOW];

static FRAME void allocate_at_leaf(void) {
  for (int i = 0; i < PAIRS_PER_LEAF; i++) {
    uint32_t random = next_random(&seed);
    void **slot = &window[random % WINDOW];
    free(*slot);
    *slot = malloc(16 + (random >> 8) % 240);
    keep(*slot);
  }
}

static FRAME void descend_even(long depth);

static FRAME void descend_odd(long depth) {
  if (depth == frames) {
    allocate_at_leaf();
  } else {
    descend_even(depth + 1);
    if (depth >= frames - CHANGING_FRAMES) descend_even(depth + 1);
  }
  NO_TAIL_CALL();
}

static FRAME void descend_even(long depth) {
  if (depth == frames) {
    allocate_at_leaf();
  } else {
    descend_odd(depth + 1);
    if (depth >= frames - CHANGING_FRAMES) descend_odd(depth + 1);
  }
  NO_TAIL_CALL();
}

int main(int count, char **arguments) {
  frames = argument(count, arguments, 1, "frames");
  long pairs = argument(count, arguments, 2, "pairs");
  /* main and the leaf function are frames too. */
  const long first = 3;
  if (frames < first) frames = first;
  long changing = frames - first < CHANGING_FRAMES ? frames - first : CHANGING_FRAMES;
  long pairs_per_descent = (long)PAIRS_PER_LEAF << changing;
  double start = now_seconds();
  for (long done = 0; done < pairs; done += pairs_per_descent) descend_odd(first);
  report_throughput((double)pairs, start);
  for (int i = 0; i < WINDOW; i++) free(window[i]);
  return 0;
}
