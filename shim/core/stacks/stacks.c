/*
 * stacks.c: see stacks.h.
 *
 * The index is an open-addressed table of 4-byte words, searched linearly from the slot that the
 * tag's top bits name. With 2^b slots a word is a number of b bits below the tag's other bits:
 * false matches are rare and are resolved by comparing the node. It never holds a word twice, and
 * nothing is ever removed, so a search ends at the first empty slot, and that is where a new word
 * goes, by compare-and-swap.
 *
 * When 80 % of a table's numbers are given out, one of twice the size becomes the current one and
 * the old one is its predecessor: searched second, and moved over a few words at a time by whoever
 * adds nodes. An insertion that was still on its way into the old table sees, once it is in, that
 * the table is not current any more, and goes on to the new one, where it may find that another
 * thread came first.
 */
#include "stacks/stacks.h"

#include <stdbool.h>
#include <string.h>

#include "arch/arch.h"
#include "base/page.h"
#include "base/segments.h"

struct table {
  uint32_t bits;       /* log2 of the places */
  uint32_t merged;     /* 1 once the words of the older table are all here */
  struct table *older; /* the one that this has replaced, or NULL */
  uint64_t moved_from; /* places of the older table given out for moving */
  uint64_t moved;      /* places of the older table whose words are all here */
  uint32_t *places;    /* see word_for; 0: empty */
};

#define TABLE_BITS_MIN 12
#define TABLE_BITS_MAX 29
#define MOVE_PLACES 64u /* for each new node: a move is over when 2 % have come */

/* The node so many before a path's last is likely to be of the path, too. */
#define NODES_TOGETHER 3u

void *mt_stack_segments[1u << (MT_STACK_BITS_MAX - MT_STACK_SEGMENT_BITS)];
#define NODE_SEGMENT_BYTES (MT_STACK_SEGMENT_NODES * sizeof(struct mt_stack_node))

/* The first table needs no memory from the system. */
static uint32_t first_places[1u << TABLE_BITS_MIN] __attribute__((aligned(4096)));
static struct table first_table = {.bits = TABLE_BITS_MIN, .places = first_places};

/* Read by all, written by whoever grows. */
static struct table *current = &first_table;

/* Numbers given out, the root's included. */
static uint32_t node_count = 1;

static inline uint64_t capacity_of(const struct table *table) { return UINT64_C(1) << table->bits; }

static inline uint64_t home_of(const struct table *table, uint32_t tag) {
  return tag >> (32 - table->bits);
}

static size_t bytes_for(uint32_t bits) { return sizeof(struct table) + (sizeof(uint32_t) << bits); }

/* Bits of a word that are the number. */
static inline uint32_t number_bits(const struct table *table) {
  return table->bits < MT_STACK_BITS_MAX ? table->bits : MT_STACK_BITS_MAX;
}

/* A node's word: what of its tag is left of the number, and the number. */
static inline uint32_t word_for(const struct table *table, uint32_t tag, uint32_t id) {
  return tag << number_bits(table) | id;
}

/* The number in a word, if the rest is of this tag; else 0. */
static inline uint32_t number_in(const struct table *table, uint32_t word, uint32_t tag) {
  uint32_t id = word ^ tag << number_bits(table);
  return id >> number_bits(table) == 0 ? id : 0;
}

static inline bool is_node(uint32_t id, uint32_t parent, uint64_t pc) {
  const struct mt_stack_node *node = mt_stack_node(id);
  return node->pc == pc && node->parent == parent;
}

/* The number of the node in `table`, or 0. */
static inline uint32_t find(const struct table *table, uint32_t tag, uint32_t parent, uint64_t pc) {
  uint64_t mask = capacity_of(table) - 1;
  for (uint64_t at = home_of(table, tag);; at = (at + 1) & mask) {
    uint32_t word = mt_load_acquire(&table->places[at]); /* pairs with insert's CAS */
    if (word == 0) return 0;
    uint32_t id = number_in(table, word, tag);
    if (id != 0 && is_node(id, parent, pc)) return id;
  }
}

/* A node with this tag and pc, which ends the path that the tag stands for, or, once in some
 * billion times, another; 0 when there is none. Those above it that were made together with it may
 * stand in the cache line before its own: both are fetched at once. */
static inline uint32_t find_end(const struct table *table, uint32_t tag, uint64_t pc) {
  uint64_t mask = capacity_of(table) - 1;
  for (uint64_t at = home_of(table, tag);; at = (at + 1) & mask) {
    uint32_t word = mt_load_acquire(&table->places[at]); /* pairs with insert's CAS */
    if (word == 0) return 0;
    uint32_t id = number_in(table, word, tag);
    if (id > NODES_TOGETHER) __builtin_prefetch(mt_stack_node(id - NODES_TOGETHER));
    if (id != 0 && mt_stack_node(id)->tag == tag && mt_stack_node(id)->pc == pc) return id;
  }
}

/*
 * Enters node `id` unless its equal is there: the number that is in the table afterwards. 0 when
 * the table is too small for that number: so it always has room.
 */
static inline uint32_t insert(struct table *table, uint32_t tag, uint32_t id) {
  const struct mt_stack_node *node = mt_stack_node(id);
  uint64_t mask = capacity_of(table) - 1;
  if (id > mask - (mask >> 4)) return 0;
  for (uint64_t at = home_of(table, tag);; at = (at + 1) & mask) {
    uint32_t word = mt_load_acquire(&table->places[at]);
    if (word == 0 && mt_cas_acq_rel(&table->places[at], &word, word_for(table, tag, id))) return id;
    uint32_t known = number_in(table, word, tag);
    if (known != 0 && is_node(known, node->parent, node->pc)) return known;
  }
}

/* Copies `count` places of `from` to `to`: a few at a time, whose nodes have to be fetched. */
static void move_places(const struct table *from, struct table *to, uint64_t first,
                        uint64_t count) {
  uint32_t mask = (1u << number_bits(from)) - 1;
  for (uint64_t start = first; start < first + count; start += MOVE_PLACES) {
    uint32_t ids[MOVE_PLACES];
    for (uint32_t i = 0; i < MOVE_PLACES; i++) {
      ids[i] = mt_load_acquire(&from->places[start + i]) & mask;
      if (ids[i] != 0) __builtin_prefetch(mt_stack_node(ids[i]));
    }
    for (uint32_t i = 0; i < MOVE_PLACES; i++) {
      if (ids[i] != 0) insert(to, mt_stack_node(ids[i])->tag, ids[i]);
    }
  }
}

/* The older table, as long as words have to be looked for there, too; NULL otherwise. */
static inline struct table *predecessor_of(const struct table *table) {
  return mt_load_acquire(&table->merged) ? NULL : table->older;
}

/* The predecessor's words are all in `table`: it is not searched any more. A thread that still
 * searches it finds nothing, and finds the node when it inserts its own. */
static void end_move(struct table *table) {
  uint32_t before = 0;
  if (!mt_cas_acq_rel(&table->merged, &before, 1) || table->older == &first_table) return;
  char *memory = (char *)table->older;
  uint64_t kept = mt_page_bytes();
  mt_sys_advise(memory + kept, bytes_for(table->older->bits) - kept, MADV_DONTNEED);
}

static void move_some(struct table *table) {
  const struct table *from = predecessor_of(table);
  if (mt_likely(from == NULL)) return;
  uint64_t first = mt_add_relaxed(&table->moved_from, MOVE_PLACES);
  if (first >= capacity_of(from)) return;
  move_places(from, table, first, MOVE_PLACES);
  if (mt_add_acq_rel(&table->moved, MOVE_PLACES) + MOVE_PLACES == capacity_of(from)) {
    end_move(table);
  }
}

/* Has a table replaced by one of twice the size. False when that cannot be. Threads that come here
 * at once each make one, and the first is taken: nobody waits for a thread that does not run. */
static __attribute__((noinline)) bool grow(struct table *full) {
  const struct table *from = predecessor_of(full);
  if (full->bits == TABLE_BITS_MAX) return false;
  if (from != NULL) { /* a mover is late, or was left by a signal handler's jump */
    move_places(from, full, 0, capacity_of(from));
    end_move(full);
  }
  size_t bytes = bytes_for(full->bits + 1);
  struct table *larger = mt_sys_map_private(bytes);
  if (larger == NULL) return mt_load_acquire(&current) != full;
  larger->bits = full->bits + 1;
  larger->places = (uint32_t *)(larger + 1);
  larger->older = full;
  if (!mt_cas_acq_rel(&current, &full, larger)) mt_sys_unmap(larger, bytes);
  return true;
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
 * Enters a new node into the current table, and into the one that has become current meanwhile,
 * unless its equal is there, or waits in the predecessor to be moved. The number in use, or 0
 * without memory.
 */
static uint32_t insert_current(uint32_t tag, uint32_t id) {
  const struct mt_stack_node *node = mt_stack_node(id);
  for (;;) {
    struct table *table = mt_load_acquire(&current);
    const struct table *old = predecessor_of(table);
    uint32_t known = old == NULL ? 0 : find(old, tag, node->parent, node->pc);
    uint32_t entered = insert(table, tag, known != 0 ? known : id);
    if (mt_unlikely(entered == 0)) {
      if (!grow(table)) return 0;
    } else if (mt_likely(mt_load_acquire(&current) == table)) {
      return entered;
    } else {
      id = entered;
    }
  }
}

static __attribute__((noinline)) uint32_t add(struct mt_sink *sink, uint32_t parent, uint64_t pc,
                                              uint32_t tag) {
  struct table *table = mt_load_acquire(&current);
  if (mt_load_relaxed(&node_count) > capacity_of(table) / 10 * 8) grow(table);
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
  const struct table *old = predecessor_of(table);
  if (old != NULL) {
    id = find(old, tag, parent, pc);
    if (id != 0) {
      move_some(table);
      return id;
    }
  }
  return add(sink, parent, pc, tag);
}

/* Has each word, and each node that its word names, fetched. */
static void prefetch(const struct table *table, const uint32_t *tags, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    __builtin_prefetch(&table->places[home_of(table, tags[i])]);
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t word = mt_load_relaxed(&table->places[home_of(table, tags[i])]);
    uint32_t id = word == 0 ? 0 : number_in(table, word, tags[i]);
    if (id != 0) __builtin_prefetch(mt_stack_node(id));
  }
}

void mt_stacks_expect_path(struct mt_stack_path *path) {
  const struct table *table = mt_load_acquire(&current);
  uint32_t tag = mt_stacks_tag(path->parent);
  for (uint32_t i = path->count; i-- > 0;) {
    path->tags[i] = tag = mt_stacks_child_tag(tag, path->pcs[i]);
  }
  __builtin_prefetch(&table->places[home_of(table, tag)]);
}

bool mt_stacks_find_path(struct mt_stack_path *path) {
  const struct table *table = mt_load_acquire(&current), *old = predecessor_of(table);
  uint32_t id = find_end(table, path->tags[0], path->pcs[0]);
  if (id == 0 && old != NULL) id = find_end(old, path->tags[0], path->pcs[0]);
  for (uint32_t i = 0; i < path->count && id != MT_STACK_ROOT; i++) {
    const struct mt_stack_node *node = mt_stack_node(id);
    if (node->pc != path->pcs[i]) break;
    path->nodes[i] = id;
    id = node->parent;
    if (i == path->count - 1 && id == path->parent) return true;
  }
  prefetch(table, path->tags, path->count);
  return false;
}

uint32_t mt_stacks_count(void) { return mt_load_relaxed(&node_count) - 1; }

void mt_stacks_reset(void) {
  uint32_t used = (mt_load_relaxed(&node_count) >> MT_STACK_SEGMENT_BITS) + 1;
  uint32_t all = sizeof mt_stack_segments / sizeof *mt_stack_segments;
  mt_segments_release(mt_stack_segments, used < all ? used : all, NODE_SEGMENT_BYTES);
  while (current != &first_table) {
    struct table *older = current->older;
    mt_sys_unmap(current, bytes_for(current->bits));
    current = older;
  }
  mt_sys_clear_pages(first_places, sizeof first_places);
  first_table = (struct table){.bits = TABLE_BITS_MIN, .places = first_places};
  mt_store_relaxed(&node_count, 1);
}
