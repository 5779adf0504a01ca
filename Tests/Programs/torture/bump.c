/*
 * bump.c: an allocator that a signal handler may use in the middle of itself, to be preloaded below
 * memtrace: with it a program may allocate in handlers, and jump out of handlers that interrupted
 * an allocation, which the C library's does not allow. Nothing is ever given back. A program that
 * has a function `on_bump` is told of each call.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* No function calls another that memtrace replaces: each call of the program is one event. */
enum { HEADER = 16 };
static const size_t arena_bytes = (size_t)64 << 30;
static _Atomic(char *) next;

__attribute__((constructor(101))) static void map_arena(void) {
  if (next != NULL) return;
  next = mmap(NULL, arena_bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

extern void on_bump(int allocations, int releases) __attribute__((weak));

static void tell(int allocations, int releases) {
  if (on_bump != NULL) on_bump(allocations, releases);
}

static void *allocate(size_t alignment, size_t bytes) {
  tell(1, 0);
  if (next == NULL) map_arena();
  size_t room = (bytes + alignment + 2 * HEADER) & ~(size_t)(HEADER - 1);
  uintptr_t start = (uintptr_t)atomic_fetch_add(&next, room) + HEADER;
  start = (start + alignment - 1) & ~(uintptr_t)(alignment - 1);
  ((size_t *)start)[-1] = bytes;
  return (void *)start;
}

void *malloc(size_t bytes) { return allocate(HEADER, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return allocate(alignment, bytes); }
void free(void *block) { tell(0, block != NULL); }
void *memalign(size_t alignment, size_t bytes) {
  return allocate(alignment < HEADER ? HEADER : alignment, bytes);
}
void *valloc(size_t bytes) { return allocate(4096, bytes); }
void *pvalloc(size_t bytes) { return allocate(4096, (bytes + 4095) & ~(size_t)4095); }
void *calloc(size_t count, size_t bytes) { return allocate(HEADER, count * bytes); }

void *realloc(void *old, size_t bytes) {
  void *block = allocate(HEADER, bytes);
  if (old != NULL) {
    tell(0, 1);
    size_t kept = ((size_t *)old)[-1];
    memcpy(block, old, kept < bytes ? kept : bytes);
  }
  return block;
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  *result = allocate(alignment, bytes);
  return 0;
}
