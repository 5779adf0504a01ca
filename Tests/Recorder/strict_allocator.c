/*
 * strict_allocator.c: an allocator that stands between memtrace's debug build and libc. It ends the
 * process when it is called by a hook's own work, and leaves another errno behind with each
 * success, which is allowed, and which the hook must hand on as it is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Of the debug build: is the calling thread inside a hook's own work? */
extern int memtrace_in_hook(void) __attribute__((weak));

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *block);

EXPORT int strict_errno = 1000;

static void enter(void) {
  static const char complaint[] = "strict_allocator: called inside a hook\n";
  if (memtrace_in_hook == NULL || !memtrace_in_hook()) return;
  ssize_t written = write(2, complaint, sizeof complaint - 1);
  _exit(written > 0 ? 99 : 98);
}

static void *leave(void *block) {
  if (block != NULL) errno = strict_errno;
  return block;
}

EXPORT void *malloc(size_t bytes) {
  enter();
  return leave(__libc_malloc(bytes));
}

EXPORT void *calloc(size_t count, size_t bytes) {
  enter();
  return leave(__libc_calloc(count, bytes));
}

EXPORT void *realloc(void *old, size_t bytes) {
  enter();
  return leave(__libc_realloc(old, bytes));
}

EXPORT void *memalign(size_t alignment, size_t bytes) {
  enter();
  return leave(__libc_memalign(alignment, bytes));
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

EXPORT void free(void *block) {
  enter();
  __libc_free(block);
}
