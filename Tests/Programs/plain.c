/*
 * plain.c: deterministic use of malloc, calloc, realloc and free from C, with leaks. Its totals
 * are compared with those of an independent tool.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 2000, ROUNDS = 40 };

static unsigned random_state = 1;

static unsigned next_random(unsigned below) {
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 8) % below;
}

int main(void) {
  static char *blocks[BLOCKS];
  size_t checksum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < BLOCKS; i++) {
      size_t bytes = next_random(i % 100 == 0 ? 300000 : 700);
      switch (next_random(4)) {
        case 0:
          free(blocks[i]);
          blocks[i] = malloc(bytes);
          break;
        case 1:
          free(blocks[i]);
          blocks[i] = calloc(1 + bytes / 16, 16);
          break;
        case 2:
          /* Never realloc(p, 0) here: whether that is a call or two, tools disagree. */
          blocks[i] = realloc(blocks[i], bytes + 1);
          break;
        default:
          free(blocks[i]);
          blocks[i] = strdup("a short string of libc's making");
      }
      if (blocks[i] != NULL && bytes > 0) checksum += (size_t)(blocks[i] != NULL);
    }
  }
  for (int i = 0; i < BLOCKS; i += 3) {
    free(blocks[i]);
    blocks[i] = NULL;
  }
  printf("%zu\n", checksum);
  return 0;
}
