/* A program with an allocator of its own: malloc is its own function, exported to all libraries. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static _Alignas(16) char memory[4 << 20];
static size_t used;

__attribute__((visibility("default"))) void *malloc(size_t bytes) {
  size_t needed = (bytes + 31) & ~(size_t)15;
  if (needed > sizeof memory - used) return NULL;
  char *block = memory + used + 16;
  memcpy(block - 16, &bytes, sizeof bytes);
  used += needed;
  return block;
}

__attribute__((visibility("default"))) void free(void *block) { (void)block; }

__attribute__((visibility("default"))) void *calloc(size_t count, size_t bytes) {
  return malloc(count * bytes); /* never used before, so zero */
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t bytes) {
  void *block = malloc(bytes);
  size_t had = 0;
  if (old != NULL) memcpy(&had, (char *)old - 16, sizeof had);
  if (block != NULL && old != NULL) memcpy(block, old, had < bytes ? had : bytes);
  return block;
}

int main(void) {
  void *volatile block = NULL;
  for (int i = 0; i < 1000; i++) block = malloc(100);
  printf("%d\n", block != NULL);
  return 0;
}
