/*
 * recursion.c LEVELS down|up|both: two functions that call each other in no regular order, LEVELS
 * deep, with frames of many sizes. Keeps a block at each level: before the call to the next, after
 * it, or both times.
 */
#include <alloca.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int down, up;
static void *volatile kept;

__attribute__((noinline)) static void keep(uint64_t level) {
  kept = malloc(16 + level);
  __asm__ volatile("");
}

static int left(uint64_t random, uint64_t levels);

__attribute__((noinline)) static int right(uint64_t random, uint64_t levels) {
  volatile char *room = alloca(random >> 60 << 5 | 16);
  room[0] = 1;
  if (down) keep(levels);
  int below = 0;
  random = random * 6364136223846793005u + 1442695040888963407u;
  if (levels > 0) below = random >> 63 ? left(random, levels - 1) : right(random, levels - 1);
  if (up) keep(levels);
  return below + room[0];
}

__attribute__((noinline)) static int left(uint64_t random, uint64_t levels) {
  return right(random, levels) + 1;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  down = strcmp(argv[2], "up") != 0;
  up = strcmp(argv[2], "down") != 0;
  printf("%d\n", left(1, (uint64_t)atoi(argv[1])));
  return 0;
}
