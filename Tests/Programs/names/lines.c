/* Callers that allocate at several lines: each stack must keep the line of its own, and stacks that
 * differ in nothing but the line of one caller are one, with both lines. */
#include <stdlib.h>

void *volatile keep;

__attribute__((noinline)) static void *small_block(void) {
  void *block = malloc(100);
  __asm__ volatile("" : "+r"(block));
  return block;
}

__attribute__((noinline)) static void *large_block(void) {
  void *block = malloc(200);
  __asm__ volatile("" : "+r"(block));
  return block;
}

int main(void) {
  keep = small_block();
  keep = large_block();
  keep = large_block();
  return 0;
}
