/*
 * stacks.h: the stack table, one for the process. A stack is a path in a tree of frames: a node is
 * (parent node, program counter), a stack is named by its leaf. The table gives every distinct node
 * one small number, and hands its definition to the caller's sink the first time it is seen.
 *
 * Nodes never move and never die. Lookups and insertions take no lock and wait for nobody; the
 * index grows one bucket at a time, so no call ever pays for a growth. 28 to 32 bytes a node.
 */
#ifndef MEMTRACE_STACKS_H
#define MEMTRACE_STACKS_H

#include <stdint.h>

#include "atomics.h"
#include "sink.h"

/* The node above every thread's first frame. */
#define MT_STACK_ROOT 0u

/* One node. Only stacks.c and the inline functions here look into it. */
struct mt_stack_node {
  uint64_t pc;
  uint32_t parent;
  uint32_t key;         /* reversed hash, low bit set */
  uint32_t next;        /* link; written by CAS (release), read with acquire */
  uint32_t first_child; /* node number; written once (release), read with acquire */
};

_Static_assert(sizeof(struct mt_stack_node) == 24, "24 bytes a node");

#define MT_STACK_BITS_MAX 28
#define MT_STACK_SEGMENT_BITS 14
#define MT_STACK_SEGMENT_NODES (1u << MT_STACK_SEGMENT_BITS)

extern void *mt_stack_segments[1u << (MT_STACK_BITS_MAX - MT_STACK_SEGMENT_BITS)];

/* [hook] The node behind a number that was given out. */
static inline struct mt_stack_node *mt_stack_node(uint32_t id) {
  struct mt_stack_node *segment = mt_load_relaxed(&mt_stack_segments[id >> MT_STACK_SEGMENT_BITS]);
  return &segment[id & (MT_STACK_SEGMENT_NODES - 1)];
}

/*
 * [hook] [signal-safe] The node (parent, pc) if it is its parent's first child, else 0. Most stacks
 * that are seen again run along first children, which stand side by side in memory.
 */
static inline uint32_t mt_stacks_first_child(uint32_t parent, uint64_t pc) {
  if (mt_unlikely(parent == MT_STACK_ROOT)) return 0;
  uint32_t child = mt_load_acquire(&mt_stack_node(parent)->first_child); /* pairs with adopt… */
  return child != 0 && mt_stack_node(child)->pc == pc ? child : 0;
}

/*
 * [hook] [signal-safe] The number of the node (parent, pc). `pc` carries its MT_PC_* bits. A new
 * node's definition goes to sink->define_node before any other thread can learn its number. Two
 * threads that meet at the same new node may both define one; the loser's number stays unused.
 *
 * Returns `parent` itself when there is no memory for another node: the stack loses this frame, and
 * the caller counts it as cut.
 */
uint32_t mt_stacks_intern(struct mt_sink *sink, uint32_t parent, uint64_t pc);

/* [hook] How many numbers were given out, unused ones included. */
uint32_t mt_stacks_count(void);

/*
 * [init] Forgets every node and returns the memory: for the child of a fork, whose trace starts
 * empty. No other thread may be in this file. Every struct mt_unwind_thread must be reset too.
 */
void mt_stacks_reset(void);

#endif
