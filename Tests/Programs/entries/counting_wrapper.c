/*
 * A preloaded library with a malloc of its own, which keeps each block's size in a header before
 * it. With WRAPS_LIBC it hands on to the C library's second names, else to the next definition.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define HEADER 32

#ifdef WRAPS_LIBC
void *__libc_malloc(size_t);
void __libc_free(void *);

static void *lower_malloc(size_t bytes) { return __libc_malloc(bytes); }
static void lower_free(void *block) { __libc_free(block); }
#else
static void *lower_malloc(size_t bytes) {
  static void *(*next)(size_t);
  if (next == NULL) next = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
  return next(bytes);
}

static void lower_free(void *block) {
  static void (*next)(void *);
  if (next == NULL) next = (void (*)(void *))dlsym(RTLD_NEXT, "free");
  next(block);
}
#endif

void *malloc(size_t bytes) {
  char *block = lower_malloc(bytes + HEADER);
  if (block == NULL) return NULL;
  *(size_t *)block = bytes;
  return block + HEADER;
}

void free(void *block) {
  if (block != NULL) lower_free((char *)block - HEADER);
}

void *calloc(size_t count, size_t bytes) {
  void *block = malloc(count * bytes);
  return block != NULL ? memset(block, 0, count * bytes) : NULL;
}

void *realloc(void *old, size_t bytes) {
  void *block = malloc(bytes);
  if (old == NULL || block == NULL) return block;
  size_t had = *(size_t *)((char *)old - HEADER);
  memcpy(block, old, had < bytes ? had : bytes);
  free(old);
  return block;
}
