/*
 * stacks.h: the stack table, one for the process. A stack is a path in a tree of frames: a node is
 * (parent node, program counter), a stack is named by its leaf. The table gives every distinct node
 * one small number, and hands its definition to the caller's sink the first time it is seen.
 *
 * Nodes never move and never die. Lookups and insertions take no lock and wait for nobody; the
 * index grows one bucket at a time, so no call ever pays for a growth. About 28 bytes a node.
 */
#ifndef MEMTRACE_STACKS_H
#define MEMTRACE_STACKS_H

#include <stdint.h>

#include "sink.h"

/* The node above every thread's first frame. */
#define MT_STACK_ROOT 0u

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
