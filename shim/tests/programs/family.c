/*
 * family.c: every member of the malloc family at the edges of its contract. Prints what each call
 * returned (a block or not, how aligned, how large, zeroed or not) and errno: two runs, with and
 * without a recorder, must print the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not constants for the compiler: it may not judge these calls. */
static volatile size_t huge = SIZE_MAX, half = SIZE_MAX / 2 + 1, most = PTRDIFF_MAX;

static void show(const char *call, void *block) {
  int error = errno;
  printf("%-34s %-5s errno=%d", call, block != NULL ? "block" : "NULL", error);
  if (block != NULL) {
    printf(" usable=%zu aligned=%d", malloc_usable_size(block), (uintptr_t)block % 16 == 0);
  }
  putchar('\n');
}

/* errno must survive a success: it stands at 77 before every call. */
#define TRY(call)                  \
  do {                             \
    errno = 77;                    \
    void *volatile block = (call); \
    show(#call, block);            \
    free(block);                   \
  } while (0)

#define TRY_FREE(call)                        \
  do {                                        \
    errno = 77;                               \
    (call);                                   \
    printf("%-34s errno=%d\n", #call, errno); \
  } while (0)

static void *posix(size_t alignment, size_t bytes) {
  void *block = (void *)1;
  int result = posix_memalign(&block, alignment, bytes);
  printf("  posix_memalign: result=%d untouched=%d\n", result, block == (void *)1);
  return result == 0 ? block : NULL;
}

static void *grown(size_t from, size_t to) {
  unsigned char *block = malloc(from);
  memset(block, 0x5a, from);
  errno = 77;
  unsigned char *after = realloc(block, to);
  int error = errno;
  size_t kept = 0;
  unsigned char *alive = after != NULL ? after : block;
  if (after != NULL || to != 0) {
    while (kept < from && kept < (after != NULL ? to : from) && alive[kept] == 0x5a) kept++;
  }
  printf("  realloc %zu to %zu: kept=%zu\n", from, to, kept);
  /* A failed realloc leaves the old block, realloc to zero has freed it. */
  if (after == NULL && to != 0) free(block);
  errno = error;
  return after;
}

static void *zeroed(size_t count, size_t bytes) {
  unsigned char *block = calloc(count, bytes);
  int error = errno;
  size_t dirty = 0;
  for (size_t i = 0; block != NULL && i < count * bytes; i++) dirty += block[i] != 0;
  printf("  calloc: dirty=%zu\n", dirty);
  errno = error;
  return block;
}

int main(void) {
  TRY(malloc(0));
  TRY(malloc(1));
  TRY(malloc(24));
  TRY(malloc(100000));
  TRY(malloc(huge));
  TRY(malloc(most));
  TRY(malloc(half));
  TRY(zeroed(0, 0));
  TRY(zeroed(0, 10));
  TRY(zeroed(10, 0));
  TRY(zeroed(10, 10));
  TRY(zeroed(1000, 333));
  TRY(calloc(half, 2));
  TRY(calloc(2, half));
  TRY(calloc(huge, huge));
  TRY(calloc(1, most));
  TRY(realloc(NULL, 0));
  TRY(realloc(NULL, 10));
  TRY(realloc(NULL, huge));
  TRY(grown(10, 0));
  TRY(grown(10, 20));
  TRY(grown(20, 10));
  TRY(grown(100, 100000));
  TRY(grown(300000, 600000));
  TRY(grown(300000, 100));
  TRY(grown(10, huge));
  TRY(grown(10, most));
  TRY(reallocarray(NULL, 0, 0));
  TRY(reallocarray(NULL, 10, 10));
  TRY(reallocarray(NULL, half, 2));
  TRY(reallocarray(NULL, huge, huge));
  TRY(posix(0, 10));
  TRY(posix(1, 10));
  TRY(posix(4, 10));
  TRY(posix(24, 10));
  TRY(posix(sizeof(void *), 0));
  TRY(posix(64, 100));
  TRY(posix(65536, 100));
  TRY(posix(64, huge));
  TRY(posix(half, 100));
  TRY(aligned_alloc(0, 10));
  TRY(aligned_alloc(3, 10));
  TRY(aligned_alloc(16, 0));
  TRY(aligned_alloc(64, 64));
  TRY(aligned_alloc(64, 100));
  TRY(aligned_alloc(64, huge));
  TRY(aligned_alloc(half, 64));
  TRY(memalign(0, 10));
  TRY(memalign(3, 10));
  TRY(memalign(4096, 0));
  TRY(memalign(4096, 10));
  TRY(memalign(64, huge));
  TRY(memalign(huge, 64));
  TRY(valloc(0));
  TRY(valloc(10));
  TRY(valloc(huge));
  TRY(pvalloc(0));
  TRY(pvalloc(1));
  TRY(pvalloc(4097));
  TRY(pvalloc(huge));
  TRY_FREE(free(NULL));
  TRY_FREE(free(malloc(10)));
  TRY_FREE(free(malloc(10000000)));
  printf("usable of NULL: %zu\n", malloc_usable_size(NULL));
  return 0;
}
