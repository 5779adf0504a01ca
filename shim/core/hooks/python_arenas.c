/* python_arenas.c: see python_arenas.h. Several arenas may have their bits in one word. */
#include "hooks/python_arenas.h"

#include "base/segments.h"

#define SEGMENT_BYTES (MT_ARENA_SEGMENT_WORDS * sizeof(uint64_t))

void *mt_arena_segments[MT_ARENA_SEGMENTS];

/* The word that has the bit of a page; NULL: there is no memory for it. */
static uint64_t *word_of(uint64_t page) {
  uint64_t segment = page >> (MT_ARENA_SEGMENT_SHIFT - MT_ARENA_PAGE_SHIFT);
  if (segment >= MT_ARENA_SEGMENTS) return NULL;
  uint64_t *words = mt_segment_obtain(&mt_arena_segments[segment], SEGMENT_BYTES);
  return words == NULL ? NULL : &words[page / 64 % MT_ARENA_SEGMENT_WORDS];
}

static bool set(const void *arena, size_t bytes, bool is_arena) {
  uint64_t address = (uint64_t)(uintptr_t)arena;
  uint64_t page = address >> MT_ARENA_PAGE_SHIFT, end = (address + bytes) >> MT_ARENA_PAGE_SHIFT;
  for (; page < end; page++) {
    uint64_t *word = word_of(page), bit = UINT64_C(1) << (page % 64);
    if (word == NULL) return false;
    if (is_arena) {
      mt_or_relaxed(word, bit);
    } else {
      mt_and_relaxed(word, ~bit);
    }
  }
  return true;
}

bool mt_arenas_add(const void *arena, size_t bytes) {
  if (((uintptr_t)arena | bytes) % (1u << MT_ARENA_PAGE_SHIFT) != 0) return false;
  if (set(arena, bytes, true)) return true;
  set(arena, bytes, false); /* all of it or nothing */
  return false;
}

void mt_arenas_remove(const void *arena, size_t bytes) { set(arena, bytes, false); }
