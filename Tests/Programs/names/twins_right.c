/* The right one of two units that have a static function `build` each. */
#include <stdlib.h>

__attribute__((noinline)) static void *build(void) {
  void *block = malloc(30);
  __asm__ volatile("" : "+r"(block));
  return block;
}

void *make_right(void) {
  void *block = build();
  __asm__ volatile("" : "+r"(block));
  return block;
}
