/*
 * malloc_options.h: the C library's options of malloc, which Swift's Glibc module leaves out.
 */
#ifndef MEMTRACE_MALLOC_OPTIONS_H
#define MEMTRACE_MALLOC_OPTIONS_H

#include <malloc.h>

/*
 * Has malloc keep what is freed and use it again: a page that comes from the kernel is cleared
 * first, which can cost more than what is then done with it. The heap of a thread grows by a call
 * to the kernel for each page behind the first ones, while no other thread may have a page fault:
 * the first ones are many. For programs that end soon; to be called before there are threads.
 */
static inline void mt_malloc_keep_freed(void) {
  mallopt(M_TOP_PAD, 32 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most that it takes */
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

#endif
