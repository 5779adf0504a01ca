/*
 * near.c: `near MEGABYTES STEPS`: keeps so much memory in use, page by page, and allocates, writes
 * to and frees blocks beside it, from stacks that differ. Prints the steps; exits with 3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, RECENT = 512 };

static void *recent[RECENT];

__attribute__((noinline)) static void work(int depth, long step) {
  if (depth > 0) {
    if (step >> depth & 1) {
      work(depth - 1, step);
    } else {
      work(depth - 1, step * 3);
    }
    __asm__ volatile("");
    return;
  }
  void **place = &recent[step % RECENT];
  free(*place);
  *place = memset(malloc((size_t)(20 + step % 200)), 1, 20);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t bytes = strtoul(argv[1], NULL, 10) << 20;
  long steps = atol(argv[2]);
  volatile char *kept = malloc(bytes);
  for (long step = 0; step < steps; step++) {
    kept[(size_t)step * PAGE % bytes] = 1;
    work(10, step);
  }
  printf("%ld steps\n", steps);
  return 3;
}
