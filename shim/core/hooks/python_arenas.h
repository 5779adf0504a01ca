/*
 * python_arenas.h: which memory CPython cuts small blocks from. The interpreter asks its arena
 * allocator for each arena and gives it back there; a block lies in an arena or it does not, so it
 * is known whose business it is: that of python_objects.h, or of the allocator that malloc is.
 */
#ifndef MEMTRACE_PYTHON_ARENAS_H
#define MEMTRACE_PYTHON_ARENAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"

/* The unit: an arena is a mapping of whole pages. */
#define MT_ARENA_PAGE_SHIFT 12
#define MT_ARENA_SEGMENT_SHIFT 32 /* a segment is a bit for each page of so many bytes */
#define MT_ARENA_SEGMENTS (1u << 15)
#define MT_ARENA_SEGMENT_WORDS (1u << (MT_ARENA_SEGMENT_SHIFT - MT_ARENA_PAGE_SHIFT - 6))

extern void *mt_arena_segments[MT_ARENA_SEGMENTS];

/* [hook] Is the address in an arena? */
static inline bool mt_arenas_hold(const void *block) {
  uint64_t address = (uint64_t)(uintptr_t)block, segment = address >> MT_ARENA_SEGMENT_SHIFT;
  if (mt_unlikely(segment >= MT_ARENA_SEGMENTS)) return false;
  const uint64_t *words = mt_load_acquire(&mt_arena_segments[segment]); /* pairs with _add */
  if (words == NULL) return false;
  uint64_t page = address >> MT_ARENA_PAGE_SHIFT;
  uint64_t word = mt_load_relaxed(&words[page / 64 % MT_ARENA_SEGMENT_WORDS]);
  return (word >> (page % 64) & 1) != 0;
}

/* [hook] There is an arena. False, and no block of it will be seen, where there is no memory to
 * note it, or where it is no mapping of its own: somebody who embeds the interpreter may have given
 * it an arena allocator that asks malloc. */
bool mt_arenas_add(const void *arena, size_t bytes);

/* [hook] There is none any more; before its memory is given back. */
void mt_arenas_remove(const void *arena, size_t bytes);

#endif
