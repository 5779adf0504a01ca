/*
 * ownership.h: who allocated the block at an address, for the blocks allocated last. A release that
 * finds its block here names the allocation it ends, so that the order of events between threads
 * never has to be known. Used from a process's second thread on.
 *
 * One direct-mapped table for the process, written and read with single relaxed 8-byte accesses:
 *
 *    63              37 36       32 31       20 19                0
 *   +------------------+-----------+-----------+------------------+
 *   |    address tag   | generation|   slot    |     sequence     |
 *   +------------------+-----------+-----------+------------------+
 *
 * Why relaxed is enough: whoever releases a block got its address from the thread that allocated
 * it, after that thread's hook had written the entry; the synchronization that carried the address
 * carries the entry. Index and tag together are a bijection of the address: a match is never
 * another address. A block whose entry was overwritten is simply released by address.
 */
#ifndef MEMTRACE_OWNERSHIP_H
#define MEMTRACE_OWNERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "atomics.h"
#include "trace_format.h"

#define MT_OWNER_INDEX_BITS 17
#define MT_OWNER_TAG_SHIFT 37
#define MT_OWNER_GENERATION_BITS 5
#define MT_OWNER_SLOT_BITS 12
#define MT_OWNER_SEQUENCE_BITS MT_RAW_SEQUENCE_BITS
#define MT_OWNER_KEY_BITS MT_RAW_ADDRESS_BITS

_Static_assert(MT_OWNER_KEY_BITS - MT_OWNER_INDEX_BITS + MT_OWNER_TAG_SHIFT == 64, "entry layout");

#define MT_OWNER_TABLE_BYTES (sizeof(uint64_t) << MT_OWNER_INDEX_BITS)

extern uint64_t *mt_owner_table;

/* Slot and generation (how often the slot was given out) of a thread, as they stand in an entry.
 * Never 0 in the generation's place: an empty entry matches nobody. */
static inline uint32_t mt_owner_bits(uint32_t slot, uint32_t uses) {
  return (1 + uses % ((1u << MT_OWNER_GENERATION_BITS) - 1)) << MT_OWNER_SLOT_BITS | slot;
}

/* A bijection on the addresses that a word holds: the top bits choose the entry, the rest are its
 * tag. */
static inline uint64_t mt_owner_scramble(uint64_t address) {
  return ((address >> MT_ADDRESS_SHIFT) * UINT64_C(0x5851f42d4c957f2d)) &
         ((UINT64_C(1) << MT_OWNER_KEY_BITS) - 1);
}

#define MT_OWNER_TAG_BITS (MT_OWNER_KEY_BITS - MT_OWNER_INDEX_BITS)

static inline void mt_owner_set(uint64_t address, uint32_t owner_bits, uint32_t sequence) {
  uint64_t key = mt_owner_scramble(address);
  uint64_t entry = key << MT_OWNER_TAG_SHIFT | (uint64_t)owner_bits << MT_OWNER_SEQUENCE_BITS |
                   (sequence & ((1u << MT_OWNER_SEQUENCE_BITS) - 1));
  mt_store_relaxed(&mt_owner_table[key >> MT_OWNER_TAG_BITS], entry);
}

/* True when the block's entry is there; its owner and the low bits of its sequence. */
static inline bool mt_owner_get(uint64_t address, uint32_t *owner_bits, uint32_t *sequence) {
  uint64_t key = mt_owner_scramble(address);
  uint64_t entry = mt_load_relaxed(&mt_owner_table[key >> MT_OWNER_TAG_BITS]);
  if ((entry ^ key << MT_OWNER_TAG_SHIFT) >> MT_OWNER_TAG_SHIFT != 0) return false;
  *owner_bits = (uint32_t)(entry >> MT_OWNER_SEQUENCE_BITS) &
                ((1u << (MT_OWNER_GENERATION_BITS + MT_OWNER_SLOT_BITS)) - 1);
  *sequence = (uint32_t)entry & ((1u << MT_OWNER_SEQUENCE_BITS) - 1);
  return *owner_bits >> MT_OWNER_SLOT_BITS != 0;
}

/* Forgets a block that is allocated again without being recorded. */
static inline void mt_owner_clear(uint64_t address) {
  uint32_t owner_bits, sequence;
  if (mt_owner_get(address, &owner_bits, &sequence)) {
    mt_store_relaxed(&mt_owner_table[mt_owner_scramble(address) >> MT_OWNER_TAG_BITS], 0);
  }
}

#endif
