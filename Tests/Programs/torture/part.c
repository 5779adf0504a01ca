/* part.c: a library that allocates and frees; its inner function is called as NAME says. */
#include <stdlib.h>

__attribute__((noinline)) static void *NAME(size_t bytes) {
  void *volatile block = malloc(bytes);
  return block;
}

void *make(size_t bytes) {
  void *volatile block = NAME(bytes);
  return block;
}

void drop(void *block) { free(block); }
