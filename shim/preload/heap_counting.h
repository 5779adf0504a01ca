/*
 * heap_counting.h: counts what is live of malloc (process/live_heap.h), where that was asked for:
 * the functions below us (next.h) are then reached through others that ask the allocator how large
 * each block is. Where it was not asked for nothing is different. Over the C library's malloc
 * alone: of another allocator's blocks it is not known which of its functions may be asked.
 */
#ifndef MEMTRACE_HEAP_COUNTING_H
#define MEMTRACE_HEAP_COUNTING_H

#include <stdbool.h>

/* [init] Whether the whole family below us is the C library's. */
bool mt_heap_counting_is_possible(void);

/* [init] Puts the counting functions in between, after mt_entry_points_install. */
void mt_heap_counting_install(void);

#endif
