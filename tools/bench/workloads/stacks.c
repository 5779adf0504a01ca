/*
 * stacks: many distinct stacks, met in an order that no cache foresees. A stack is a number
 * written in base 8: each digit picks one of eight call sites on the way down.
 *
 *   stacks DISTINCT ALLOCATIONS
 *
 * All blocks have one size: heaptrack_interpret 1.4 keeps a hash set of (size, stack) pairs and
 * ends with std::bad_alloc when the same stacks come with a hundred sizes.
 */
#include "common.h"

enum { DIGITS = 7, WINDOW = 1024, BLOCK_BYTES = 64 };

static uint64_t seed = 88172645463325252u;
static void *window[WINDOW];

static FRAME void allocate_at_leaf(void) {
  void **slot = &window[next_random(&seed) % WINDOW];
  free(*slot);
  *slot = malloc(BLOCK_BYTES);
  keep(*slot);
}

/* Assembly that differs keeps the compiler from merging the calls into one. */
#define CALL_SITE(number)                                    \
  case number:                                               \
    descend(rest, digits - 1);                               \
    __asm__ volatile("# call site " #number : : : "memory"); \
    break

static FRAME void descend(uint32_t path, int digits) {
  if (digits == 0) {
    allocate_at_leaf();
    NO_TAIL_CALL();
    return;
  }
  uint32_t rest = path >> 3;
  switch (path & 7) {
    CALL_SITE(0);
    CALL_SITE(1);
    CALL_SITE(2);
    CALL_SITE(3);
    CALL_SITE(4);
    CALL_SITE(5);
    CALL_SITE(6);
    CALL_SITE(7);
  }
}

int main(int count, char **arguments) {
  long distinct = argument(count, arguments, 1, "distinct stacks");
  long allocations = argument(count, arguments, 2, "allocations");
  if (distinct > 1L << (3 * DIGITS)) {
    fprintf(stderr, "stacks: at most %ld distinct stacks\n", 1L << (3 * DIGITS));
    return 2;
  }
  /* A prime step visits every stack once before any comes again. */
  const long step = 7368787;
  long path = 0;
  double start = now_seconds();
  for (long i = 0; i < allocations; i++) {
    path = (path + step) % distinct;
    descend((uint32_t)path, DIGITS);
  }
  report_throughput((double)allocations, start);
  for (int i = 0; i < WINDOW; i++) free(window[i]);
  return 0;
}
