/* Functions that end by jumping to a part of theirs, which has no name in a stripped program:
 * nobody returns to them, and they are on no stack. xmalloc is a layer, open_desk is not. */
#include <stdlib.h>

void *volatile keep;

__attribute__((noinline)) static void *large(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) abort();
  return block;
}

__attribute__((noinline)) void *xmalloc(size_t bytes) {
  if (bytes == 0) return NULL;
  return large(bytes);
}

__attribute__((noinline)) static void *drawer(size_t bytes) {
  void *block = xmalloc(bytes + 7);
  if (block == NULL) abort();
  return block;
}

__attribute__((noinline)) void *open_desk(size_t bytes) {
  if (keep == &keep) return NULL;
  return drawer(bytes);
}

__attribute__((noinline)) void fill_shelf(int books) {
  for (int i = 0; i < books; i++) keep = xmalloc(100);
  keep = keep;
}

int main(int count, char **argv) {
  (void)argv;
  fill_shelf(count * 30);
  keep = open_desk(count * 5000);
  return keep == NULL;
}
