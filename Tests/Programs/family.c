/*
 * malloc_family.c: every member of the malloc family at the edges of its contract. Prints what each
 * call returned (a block or not, how aligned, how large, zeroed or not) and errno: two runs, with
 * and without a recorder, must print the same.
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

static void show(const char *call, void *block, size_t alignment, size_t bytes) {
  int error = errno;
  printf("%-34s %-5s errno=%d", call, block != NULL ? "block" : "NULL", error);
  if (block != NULL) {
    /* How much more than asked for is usable depends on the heap's past. */
    printf(" usable=%d", malloc_usable_size(block) >= bytes);
    /* Nor is a small block aligned as a large one must be, with some allocators. */
    if (bytes >= 16 || alignment > 16) printf(" aligned=%d", (uintptr_t)block % alignment == 0);
  }
  putchar('\n');
}

/* errno must survive a success: it stands at 77 before every call. */
#define TRY(alignment, bytes, call)           \
  do {                                        \
    errno = 77;                               \
    void *volatile block = (call);            \
    show(#call, block, (alignment), (bytes)); \
    free(block);                              \
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
  setvbuf(stdout, NULL, _IONBF, 0); /* whatever ends this program, what it printed is seen */
  free(malloc(1));                  /* an allocator may set errno as it starts */
  TRY(16, 0, malloc(0));
  TRY(16, 1, malloc(1));
  TRY(16, 24, malloc(24));
  TRY(16, 100000, malloc(100000));
  TRY(16, 0, malloc(huge));
  TRY(16, 0, malloc(most));
  TRY(16, 0, malloc(half));
  TRY(16, 0, zeroed(0, 0));
  TRY(16, 0, zeroed(0, 10));
  TRY(16, 0, zeroed(10, 0));
  TRY(16, 100, zeroed(10, 10));
  TRY(16, 333000, zeroed(1000, 333));
  TRY(16, 0, calloc(half, 2));
  TRY(16, 0, calloc(2, half));
  TRY(16, 0, calloc(huge, huge));
  TRY(16, 0, calloc(1, most));
  TRY(16, 0, realloc(NULL, 0));
  TRY(16, 10, realloc(NULL, 10));
  TRY(16, 0, realloc(NULL, huge));
  TRY(16, 0, grown(10, 0));
  TRY(16, 20, grown(10, 20));
  TRY(16, 10, grown(20, 10));
  TRY(16, 100000, grown(100, 100000));
  TRY(16, 600000, grown(300000, 600000));
  TRY(16, 100, grown(300000, 100));
  TRY(16, 0, grown(10, huge));
  TRY(16, 0, grown(10, most));
  TRY(16, 0, reallocarray(NULL, 0, 0));
  TRY(16, 100, reallocarray(NULL, 10, 10));
  TRY(16, 0, reallocarray(NULL, half, 2));
  TRY(16, 0, reallocarray(NULL, huge, huge));
  TRY(16, 10, posix(0, 10));
  TRY(16, 10, posix(1, 10));
  TRY(16, 10, posix(4, 10));
  TRY(16, 10, posix(24, 10));
  TRY(16, 0, posix(sizeof(void *), 0));
  TRY(64, 100, posix(64, 100));
  TRY(65536, 100, posix(65536, 100));
  TRY(64, 0, posix(64, huge));
  TRY(16, 100, posix(half, 100));
  TRY(16, 10, aligned_alloc(0, 10));
  TRY(16, 10, aligned_alloc(3, 10));
  TRY(16, 0, aligned_alloc(16, 0));
  TRY(64, 64, aligned_alloc(64, 64));
  TRY(64, 100, aligned_alloc(64, 100));
  TRY(64, 0, aligned_alloc(64, huge));
  TRY(16, 64, aligned_alloc(half, 64));
  TRY(16, 10, memalign(0, 10));
  TRY(16, 10, memalign(3, 10));
  TRY(4096, 0, memalign(4096, 0));
  TRY(4096, 10, memalign(4096, 10));
  TRY(64, 0, memalign(64, huge));
  TRY(16, 64, memalign(huge, 64));
  TRY(4096, 0, valloc(0));
  TRY(4096, 10, valloc(10));
  TRY(4096, 0, valloc(huge));
  TRY(4096, 0, pvalloc(0));
  TRY(4096, 4096, pvalloc(1));
  TRY(4096, 8192, pvalloc(4097));
  TRY(4096, 0, pvalloc(huge));
  TRY_FREE(free(NULL));
  TRY_FREE(free(malloc(10)));
  TRY_FREE(free(malloc(10000000)));
  printf("usable of NULL: %zu\n", malloc_usable_size(NULL));
  return 0;
}
