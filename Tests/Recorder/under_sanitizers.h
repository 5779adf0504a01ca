/*
 * under_sanitizers.h: included before all else where a sanitizer is at work.
 *
 * ThreadSanitizer's own state of a thread ends with the last round of thread-exit destructors, in
 * which ours would end: here ours takes the last but one. And it sees memory that goes back and
 * comes again, to another thread, only where libc's functions are called for it: without that, the
 * two threads would seem to race for the address.
 */
#ifndef MEMTRACE_UNDER_SANITIZERS_H
#define MEMTRACE_UNDER_SANITIZERS_H

#include <limits.h>
#include <sys/mman.h>

#include "base/sys.h"

#undef PTHREAD_DESTRUCTOR_ITERATIONS
#define PTHREAD_DESTRUCTOR_ITERATIONS 3

#ifdef __SANITIZE_THREAD__
static inline void *mapped_by_libc(size_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}
#define mt_sys_map_private mapped_by_libc
#define mt_sys_unmap munmap
#endif

#endif
