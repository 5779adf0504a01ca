/* Blocks that go with their arena, which no call for each of them tells: so many rounds of so many
 * blocks of 200 bytes in an arena of their own, which is emptied at once after each. Of every
 * fourth block a free is recorded. Standard output: rounds and blocks of one. */
#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 50, BLOCKS = 4000, BYTES = 200 };

static void *blocks[BLOCKS];

__attribute__((noinline)) static void work(int flags) {
  for (int i = 0; i < BLOCKS; i++) blocks[i] = mallocx(BYTES, flags);
  for (int i = 0; i < BLOCKS; i += 4) dallocx(blocks[i], flags);
}

int main(void) {
  unsigned arena;
  size_t bytes = sizeof arena;
  if (mallctl("arenas.create", &arena, &bytes, NULL, 0) != 0) return 1;
  char reset[32];
  snprintf(reset, sizeof reset, "arena.%u.reset", arena);
  for (int round = 0; round < ROUNDS; round++) {
    work(MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE);
    if (mallctl(reset, NULL, NULL, NULL, 0) != 0) return 1;
    usleep(20000);
  }
  printf("%d %d\n", ROUNDS, BLOCKS);
  return 0;
}
