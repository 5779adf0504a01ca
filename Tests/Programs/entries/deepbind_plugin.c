/* See deepbind_host.c. The family's other members are called, too, each in a pair. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static void others(void) {
  void *block;
  free(calloc(3, 5));
  free(memalign(64, 10));
  free(aligned_alloc(64, 64));
  free(valloc(10));
  free(reallocarray(malloc(10), 10, 10));
  free(strdup("a text"));
  if (posix_memalign(&block, 64, 10) == 0) free(block);
}

void *work(size_t bytes) {
  void *block = malloc(bytes / 2);
  block = realloc(block, bytes);
  memset(block, 1, bytes);
  others();
  return block;
}

void take_back(void *block) { free(block); }
