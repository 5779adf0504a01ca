/* Calls the family by addresses that are written into its code: built to stand at one place, it has
 * entries of its own for these functions. */
#include <stdlib.h>

int main(void) {
  void *(*volatile give)(size_t) = malloc;
  void (*volatile take)(void *) = free;
  for (int i = 0; i < 1000; i++) take(give(100));
  return 3;
}
