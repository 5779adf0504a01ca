/*
 * entry_hooks.h: the hooks of entry_table.h as a table of their own: which name each stands before,
 * and which function it hands on to. Written by entry_points.c before any of them can be reached.
 */
#ifndef MEMTRACE_ENTRY_HOOKS_H
#define MEMTRACE_ENTRY_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entry_table.h"

/* Whose definition a hook stands before; see entry_table.h. */
enum mt_entry_group { MT_GROUP_next, MT_GROUP_libc, MT_GROUP_other };

#define ALLOCATE(G, name, ...) MT_ENTRY_##G##_##name,
#define ALLOCATE_AT(G, name, ...) MT_ENTRY_##G##_##name,
#define RELEASE(G, name, ...) MT_ENTRY_##G##_##name,
#define RESIZE(G, name, ...) MT_ENTRY_##G##_##name,
#define RESIZE_AT(G, name, ...) MT_ENTRY_##G##_##name,
#define RESIZE_IN_PLACE(G, name) MT_ENTRY_##G##_##name,
#define RELEASE_ALL(G, name) MT_ENTRY_##G##_##name,
/* A row of the table. Those of the group `next` come first, in the order of struct mt_next. */
enum mt_entry { MT_ENTRIES MT_ENTRY_COUNT };
#undef ALLOCATE
#undef ALLOCATE_AT
#undef RELEASE
#undef RESIZE
#undef RESIZE_AT
#undef RESIZE_IN_PLACE
#undef RELEASE_ALL

#define MT_ENTRY_NEXT_COUNT (MT_ENTRY_next_pvalloc + 1)

struct mt_entry_row {
  const char *name;
  enum mt_entry_group group;
  uintptr_t hook;
};

extern const struct mt_entry_row mt_entry_rows[MT_ENTRY_COUNT];

/* Of each member of the exported family: our function; and the one by which that reaches a wrapper,
 * which calls functions with hooks of their own: they pass on what it has recorded. */
extern const uintptr_t mt_entry_family[MT_ENTRY_NEXT_COUNT];
extern const uintptr_t mt_entry_through[MT_ENTRY_NEXT_COUNT];

/* The code of an allocator, or our own. */
struct mt_code_range {
  uintptr_t start, bytes;
};

static inline bool mt_code_holds(const struct mt_code_range *code, uintptr_t address) {
  return address - code->start < code->bytes;
}

/* No code at all: of an allocator that is not known. */
extern const struct mt_code_range mt_no_code;

/* What a hook hands on to: 0 if that is not loaded, and its hook not in place; and where it lies.
 */
struct mt_entry_target {
  uintptr_t function;
  const struct mt_code_range *code;
};

extern struct mt_entry_target mt_entry_targets[MT_ENTRY_COUNT];

/* This library's. */
extern struct mt_code_range mt_own_code;

/* mimalloc's functions that say what is in a heap; NULL where it is not loaded. */
struct mt_mimalloc {
  bool (*visit_blocks)(const void *heap, bool blocks, void *visitor, void *context);
  void *(*first_heap)(void);
};

extern struct mt_mimalloc mt_mimalloc;

#endif
