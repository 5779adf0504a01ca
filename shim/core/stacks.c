/*
 * stacks.c: see stacks.h.
 *
 * The index is an open-addressed table of (tag, number) words, searched linearly from the place
 * that the tag's top bits name. It never holds a word twice, and nothing is ever removed, so a
 * search ends at the first empty place, and that is where a new word goes, by compare-and-swap.
 *
 * When a table is 80 % full, one of twice the size becomes the current one and the old one is its
 * predecessor: searched second, and moved over a few words at a time by whoever adds nodes. An
 * insertion that was still on its way into the old table sees, once it is in, that the table is not
 * current any more, and goes on to the new one, where it may find that another thread came first.
 */
#include "stacks.h"

#include <stdbool.h>
#include <string.h>

#include "arch.h"
#include "segments.h"

struct table {
  uint32_t bits;       /* log2 of the places */
  uint32_t words;      /* in use; added to by whoever inserts */
  struct table *older; /* every table there ever was, for mt_stacks_reset */
  uint64_t moved_from; /* places of the predecessor given out for moving */
  uint64_t moved;      /* places of the predecessor whose words are all here */
  uint64_t *places;    /* tag << 32 | number; 0: empty */
};

#define TABLE_BITS_MIN 12
#define TABLE_BITS_MAX 29
#define MOVE_PLACES 64u /* for each new node: a move is over when 2 % have come */
#define ROOM_TRIES 100000u
#define PAGE_BYTES 4096u

void *mt_stack_segments[1u << (MT_STACK_BITS_MAX - MT_STACK_SEGMENT_BITS)];
#define NODE_SEGMENT_BYTES (MT_STACK_SEGMENT_NODES * sizeof(struct mt_stack_node))

/* The first table needs no memory from the system. */
static uint64_t first_places[1u << TABLE_BITS_MIN];
static struct table first_table = {.bits = TABLE_BITS_MIN, .places = first_places};

/* Read by all; `current` is written by whoever grows, `predecessor` also by whoever ends a move. */
static struct table *current = &first_table;
static struct table *predecessor;
static uint32_t growing; /* 1 while a thread makes a larger table */

/* Numbers given out, the root's included. */
static uint32_t node_count = 1;

static inline uint64_t capacity_of(const struct table *table) { return UINT64_C(1) << table->bits; }

static inline uint64_t home_of(const struct table *table, uint32_t tag) {
  return tag >> (32 - table->bits);
}

static size_t bytes_for(uint32_t bits) { return sizeof(struct table) + (sizeof(uint64_t) << bits); }

static inline bool is_node(uint32_t id, uint32_t parent, uint64_t pc) {
  const struct mt_stack_node *node = mt_stack_node(id);
  return node->pc == pc && node->parent == parent;
}

/* The number of the node in `table`, or 0. */
static inline uint32_t find(const struct table *table, uint32_t tag, uint32_t parent, uint64_t pc) {
  uint64_t mask = capacity_of(table) - 1;
  for (uint64_t at = home_of(table, tag);; at = (at + 1) & mask) {
    uint64_t word = mt_load_acquire(&table->places[at]); /* pairs with insert's CAS */
    if (word == 0) return 0;
    if (word >> 32 == tag && is_node((uint32_t)word, parent, pc)) return (uint32_t)word;
  }
}

/*
 * Enters node `id` unless its equal is there: the number that is in the table afterwards, which the
 * caller adds to `words` if it is `id`. 0 when the table has no room left.
 */
static inline uint32_t insert(struct table *table, uint32_t tag, uint32_t id) {
  const struct mt_stack_node *node = mt_stack_node(id);
  uint64_t mask = capacity_of(table) - 1;
  for (uint64_t at = home_of(table, tag);; at = (at + 1) & mask) {
    uint64_t word = mt_load_acquire(&table->places[at]);
    if (word == 0) {
      if (mt_load_relaxed(&table->words) >= mask - (mask >> 4)) return 0;
      if (mt_cas_acq_rel(&table->places[at], &word, (uint64_t)tag << 32 | id)) return id;
    }
    if (word >> 32 == tag && is_node((uint32_t)word, node->parent, node->pc)) {
      return (uint32_t)word;
    }
  }
}

/* Copies `count` places of `from` to `to`. */
static void move_places(const struct table *from, struct table *to, uint64_t first,
                        uint64_t count) {
  uint32_t moved = 0;
  for (uint64_t at = first; at < first + count; at++) {
    uint64_t word = mt_load_acquire(&from->places[at]);
    if (word != 0) moved += insert(to, (uint32_t)(word >> 32), (uint32_t)word) == (uint32_t)word;
  }
  mt_add_relaxed(&to->words, moved);
}

/* The predecessor's words are all in the current table: it is not searched any more. A thread that
 * still searches it finds nothing, and finds the node when it inserts its own. */
static void end_move(struct table *from) {
  if (mt_cas_acq_rel(&predecessor, &from, NULL) && from != &first_table) {
    mt_sys_advise((char *)from + PAGE_BYTES, bytes_for(from->bits) - PAGE_BYTES, MADV_DONTNEED);
  }
}

static void move_some(struct table *table) {
  struct table *from = mt_load_acquire(&predecessor);
  if (mt_likely(from == NULL)) return;
  uint64_t first = mt_add_relaxed(&table->moved_from, MOVE_PLACES);
  if (first >= capacity_of(from)) return;
  move_places(from, table, first, MOVE_PLACES);
  if (mt_add_acq_rel(&table->moved, MOVE_PLACES) + MOVE_PLACES == capacity_of(from)) {
    end_move(from);
  }
}

static __attribute__((noinline)) void grow(struct table *full) {
  uint32_t idle = 0;
  if (!mt_cas_acq_rel(&growing, &idle, 1)) return;
  uint32_t bits = full->bits + 1;
  if (mt_load_acquire(&current) == full && bits <= TABLE_BITS_MAX) {
    struct table *from = mt_load_acquire(&predecessor);
    if (from != NULL) { /* a mover was left by a signal handler's jump: its share is still to do */
      move_places(from, full, 0, capacity_of(from));
      end_move(from);
    }
    struct table *larger = mt_sys_map_private(bytes_for(bits));
    if (larger != NULL) {
      larger->bits = bits;
      larger->places = (uint64_t *)(larger + 1);
      larger->older = full;
      mt_store_release(&predecessor,
                       full); /* before `current`: pairs with mt_stacks_intern_tagged's acquires */
      mt_store_release(&current, larger);
    }
  }
  mt_store_release(&growing, 0);
}

/* A fresh number with its memory; 0 when there is none. */
static uint32_t take_number(void) {
  uint32_t id = mt_add_relaxed(&node_count, 1);
  if (id >> MT_STACK_BITS_MAX) {
    mt_store_relaxed(&node_count, 1u << MT_STACK_BITS_MAX);
    return 0;
  }
  void **segment = &mt_stack_segments[id >> MT_STACK_SEGMENT_BITS];
  return mt_segment_obtain(segment, NODE_SEGMENT_BYTES) != NULL ? id : 0;
}

/*
 * Enters a new node into the current table, and into the one that has become current meanwhile. A
 * table without room is about to be replaced, unless memory has run out.
 */
static uint32_t insert_current(uint32_t tag, uint32_t id) {
  for (uint32_t tries = 0; tries < ROOM_TRIES;) {
    struct table *table = mt_load_acquire(&current);
    uint32_t entered = insert(table, tag, id);
    if (mt_likely(entered == id)) mt_add_relaxed(&table->words, 1);
    if (mt_likely(entered != 0)) {
      if (mt_likely(mt_load_acquire(&current) == table)) return entered;
      id = entered;
    } else {
      grow(table);
      mt_spin_hint();
      tries++;
    }
  }
  return 0;
}

static __attribute__((noinline)) uint32_t add(struct mt_sink *sink, uint32_t parent, uint64_t pc,
                                              uint32_t tag) {
  struct table *table = mt_load_acquire(&current);
  if (mt_load_relaxed(&table->words) > capacity_of(table) / 10 * 8) grow(table);
  move_some(mt_load_acquire(&current));
  uint32_t id = take_number();
  if (id == 0) return parent;
  struct mt_stack_node *node = mt_stack_node(id);
  node->pc = pc;
  node->parent = parent;
  node->tag = tag;
  sink->define_node(sink, id, pc, parent);
  uint32_t entered = insert_current(tag, id);
  return entered != 0 ? entered : parent;
}

uint32_t mt_stacks_intern_tagged(struct mt_sink *sink, uint32_t parent, uint64_t pc, uint32_t tag) {
  struct table *table = mt_load_acquire(&current);
  uint32_t id = find(table, tag, parent, pc);
  if (mt_likely(id != 0)) return id;
  const struct table *old = mt_load_acquire(&predecessor);
  if (old != NULL && old != table) {
    id = find(old, tag, parent, pc);
    if (id != 0) {
      move_some(table);
      return id;
    }
  }
  return add(sink, parent, pc, tag);
}

void mt_stacks_prefetch(uint32_t tag) {
  const struct table *table = mt_load_acquire(&current);
  __builtin_prefetch(&table->places[home_of(table, tag)]);
}

void mt_stacks_prefetch_node(uint32_t tag) {
  const struct table *table = mt_load_acquire(&current);
  uint64_t word = mt_load_relaxed(&table->places[home_of(table, tag)]);
  if (word >> 32 == tag) __builtin_prefetch(mt_stack_node((uint32_t)word));
}

uint32_t mt_stacks_count(void) { return mt_load_relaxed(&node_count) - 1; }

void mt_stacks_reset(void) {
  mt_segments_release(mt_stack_segments, sizeof mt_stack_segments / sizeof *mt_stack_segments,
                      NODE_SEGMENT_BYTES);
  while (current != &first_table) {
    struct table *older = current->older;
    mt_sys_unmap(current, bytes_for(current->bits));
    current = older;
  }
  memset(first_places, 0, sizeof first_places);
  first_table = (struct table){.bits = TABLE_BITS_MIN, .places = first_places};
  predecessor = NULL;
  growing = 0;
  mt_store_relaxed(&node_count, 1);
}
