/*
 * stacks.h: the stack table, one for the process. A stack is a path in a tree of frames: a node is
 * (parent node, program counter), a stack is named by its leaf. The table gives every distinct node
 * one small number, and hands its definition to the caller's sink the first time it is seen.
 *
 * Nodes never move and never die. Lookups and insertions take no lock and wait for nobody; the
 * index grows a few entries at a time, so no call ever pays for a growth. 21 to 26 bytes a node.
 *
 * A node's place in the index follows from its tag, a hash of its whole path, which needs no lookup
 * to compute. In a table larger than the processor's caches this spares most misses: a known path
 * is found by its last node, whose parents stand near it, because they were made together. Where
 * some nodes are new, all are prefetched, so that the misses overlap instead of queueing up.
 */
#ifndef MEMTRACE_STACKS_H
#define MEMTRACE_STACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/sink.h"

/* The node above every thread's first frame, and its tag. */
#define MT_STACK_ROOT 0u
#define MT_STACK_ROOT_TAG 1u

/* One node. */
struct mt_stack_node {
  uint64_t pc;
  uint32_t parent;
  uint32_t tag;
};

_Static_assert(sizeof(struct mt_stack_node) == 16, "16 bytes a node");

#define MT_STACK_BITS_MAX 28
#define MT_STACK_SEGMENT_BITS 14
#define MT_STACK_SEGMENT_NODES (1u << MT_STACK_SEGMENT_BITS)

extern void *mt_stack_segments[1u << (MT_STACK_BITS_MAX - MT_STACK_SEGMENT_BITS)];

/* [hook] The node behind a number that was given out. */
static inline struct mt_stack_node *mt_stack_node(uint32_t id) {
  struct mt_stack_node *segment = mt_load_relaxed(&mt_stack_segments[id >> MT_STACK_SEGMENT_BITS]);
  return &segment[id & (MT_STACK_SEGMENT_NODES - 1)];
}

/* [hook] The tag of a node that was given out, the root included. */
static inline uint32_t mt_stacks_tag(uint32_t id) {
  return id == MT_STACK_ROOT ? MT_STACK_ROOT_TAG : mt_stack_node(id)->tag;
}

/* [hook] The tag of the node (parent, pc), from its parent's. The tags of a path form a
 * dependency chain: from one to the next it is a multiplication and a sum; the rest depends on the
 * pc alone. */
static inline uint32_t mt_stacks_child_tag(uint32_t parent_tag, uint64_t pc) {
  uint64_t x = pc * UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
  return parent_tag * UINT32_C(0x9e3779b1) + (uint32_t)(x >> 32);
}

/* At most so many nodes are looked up at once. */
#define MT_STACK_PATH_MAX 32u

/* `count` nodes below `parent` that are looked up at once. */
struct mt_stack_path {
  uint32_t parent;
  uint32_t count;
  uint64_t pcs[MT_STACK_PATH_MAX];   /* the leaf's first, as below */
  uint32_t tags[MT_STACK_PATH_MAX];  /* by mt_stacks_expect_path */
  uint32_t nodes[MT_STACK_PATH_MAX]; /* by mt_stacks_find_path */
};

/* [hook] The path will be looked up soon: has the first that will be read fetched meanwhile. */
void mt_stacks_expect_path(struct mt_stack_path *path);

/*
 * [hook] Looks up a path that was expected. True when all are known: their numbers are in `nodes`.
 * If not, what looking them up one by one will read has at least been fetched into the cache.
 */
bool mt_stacks_find_path(struct mt_stack_path *path);

/*
 * [hook] [signal-safe] The number of the node (parent, pc), whose tag is `tag`. `pc` carries its
 * MT_PC_* bits. A new node's definition goes to sink->define_node before any other thread can learn
 * its number. Two threads that meet at the same new node may both define one; the loser's number
 * stays unused, or, if the index was growing just then, in use beside the winner's: the reader of
 * the trace merges them.
 *
 * Returns `parent` itself when there is no memory for another node: the stack loses this frame, and
 * the caller counts it as cut.
 */
uint32_t mt_stacks_intern_tagged(struct mt_sink *sink, uint32_t parent, uint64_t pc, uint32_t tag);

/* [hook] [signal-safe] The same, the tag computed. */
static inline uint32_t mt_stacks_intern(struct mt_sink *sink, uint32_t parent, uint64_t pc) {
  return mt_stacks_intern_tagged(sink, parent, pc, mt_stacks_child_tag(mt_stacks_tag(parent), pc));
}

/* [hook] How many numbers were given out, unused ones included. */
uint32_t mt_stacks_count(void);

/*
 * [init] Forgets every node and returns the memory: for the child of a fork, whose trace starts
 * empty. No other thread may be in this file. Every struct mt_unwind_thread must be reset too.
 */
void mt_stacks_reset(void);

#endif
