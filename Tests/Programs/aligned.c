/*
 * aligned.c: the aligned members of the malloc family. With the argument "leak" also pvalloc and
 * reallocarray, which valgrind does not know, and every block is kept, so that each must show in a
 * list of leaks.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void finish(void *block, int keep) {
  if (block == NULL) abort();
  memset(block, 1, 16);
  if (!keep) free(block);
}

__attribute__((noinline)) static void *use_posix_memalign(size_t alignment, size_t bytes) {
  void *block = NULL;
  return posix_memalign(&block, alignment, bytes) == 0 ? block : NULL;
}

__attribute__((noinline)) static void *use_aligned_alloc(size_t alignment, size_t bytes) {
  return aligned_alloc(alignment, bytes);
}

__attribute__((noinline)) static void *use_memalign(size_t alignment, size_t bytes) {
  return memalign(alignment, bytes);
}

__attribute__((noinline)) static void *use_valloc(size_t bytes) { return valloc(bytes); }

__attribute__((noinline)) static void *use_pvalloc(size_t bytes) { return pvalloc(bytes); }

__attribute__((noinline)) static void *use_reallocarray(size_t count, size_t bytes) {
  return reallocarray(NULL, count, bytes);
}

int main(int argc, char **argv) {
  int keep = argc > 1 && strcmp(argv[1], "leak") == 0;
  for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
    finish(use_posix_memalign(alignment, 3 * alignment), keep);
    finish(use_aligned_alloc(alignment, 2 * alignment), keep);
    finish(use_memalign(alignment, alignment), keep);
  }
  for (size_t bytes = 4096; bytes <= 65536; bytes += 4096) {
    finish(use_valloc(bytes), keep);
    if (!keep) continue;
    /* A whole number of pages: what pvalloc rounds up to is otherwise a matter of view. */
    finish(use_pvalloc(bytes), keep);
    finish(use_reallocarray(bytes / 16, 16), keep);
  }
  puts("done");
  return 0;
}
