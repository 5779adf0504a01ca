/* stacks.c: allocations under known chains of calls: red > green > blue, and green > blue. */
#include <stdlib.h>

static void *volatile kept;

__attribute__((noinline)) static void blue(size_t bytes) {
  kept = malloc(bytes);
  __asm__ volatile("");
}

__attribute__((noinline)) static void green(size_t bytes) {
  blue(bytes);
  __asm__ volatile("");
}

__attribute__((noinline)) static void red(size_t bytes) {
  green(bytes);
  __asm__ volatile("");
}

int main(void) {
  for (int i = 0; i < 10; i++) red(1000);
  for (int i = 0; i < 7; i++) green(100);
  return 0;
}
