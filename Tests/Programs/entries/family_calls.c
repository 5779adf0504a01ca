/* The plain family: what a wrapper behind the recorder must not make twice as much. */
#include <stdlib.h>
#include <string.h>

#include "tally.h"

void *volatile kept[100];

__attribute__((noinline)) static void work(void) {
  for (int i = 0; i < 100; i++) {
    tally_gain(kept[i] = malloc(100), 100);
    memset(kept[i], 1, 100);
    if (i % 4 == 1) free(kept[i]), tally_loss(100);
    if (i % 4 == 2) tally_resize(kept[i] = realloc(kept[i], 1000), 100, 1000);
    if (i % 4 == 3) tally_gain(kept[i] = calloc(10, 11), 110);
  }
}

int main(void) {
  work();
  tally_print();
  return 0;
}
