/* A few blocks, all given back. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  void *volatile block = NULL;
  int made = 0;
  for (int i = 0; i < 1000; i++) {
    block = malloc((size_t)(1 + i % 100));
    made += block != NULL;
    free(block);
  }
  printf("%d blocks\n", made);
  return 3;
}
