/* plenty.c BLOCKS: keeps so many small blocks, all made in one place. */
#include <stdlib.h>

static void *volatile kept;

__attribute__((noinline)) static void keep(void) {
  kept = malloc(24);
  __asm__ volatile("");
}

int main(int argc, char **argv) {
  for (long left = argc > 1 ? atol(argv[1]) : 1; left > 0; left--) keep();
  return 0;
}
