/* zero_realloc.c: realloc(p, 0) frees: none of 1,000 blocks is left. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  for (int i = 0; i < 1000; i++) {
    void *volatile block = malloc(77);
    block = realloc(block, 0);
    free(block);
  }
  return 0;
}
