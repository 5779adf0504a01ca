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
 * Blocks that lie side by side have their entries side by side, a word for every 16 bytes: what a
 * thread uses at one time, it finds in few pages and cache lines of the table, and two threads that
 * allocate in places of their own seldom write to the same line. Only the 2 MiB regions of the
 * address space are scattered, by a hash.
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

#include "base/atomics.h"
#include "trace_format.h"

#define MT_OWNER_INDEX_BITS 17
#define MT_OWNER_TAG_SHIFT 37
#define MT_OWNER_GENERATION_BITS 5
#define MT_OWNER_SLOT_BITS 12
#define MT_OWNER_SEQUENCE_BITS MT_RAW_SEQUENCE_BITS
#define MT_OWNER_TAG_BITS (64 - MT_OWNER_TAG_SHIFT)

_Static_assert(MT_OWNER_INDEX_BITS + MT_OWNER_TAG_BITS == MT_RAW_ADDRESS_BITS, "entry layout");

#define MT_OWNER_TABLE_BYTES (sizeof(uint64_t) << MT_OWNER_INDEX_BITS)

extern MT_NEAR_DATA uint64_t *mt_owner_table;

/* Slot and generation (how often the slot was given out) of a thread, as they stand in an entry.
 * Never 0 in the generation's place: an empty entry matches nobody. */
static inline uint32_t mt_owner_bits(uint32_t slot, uint32_t uses) {
  return (1 + uses % ((1u << MT_OWNER_GENERATION_BITS) - 1)) << MT_OWNER_SLOT_BITS | slot;
}

/* Where a block's entry stands, and what tells it from that of any other block. */
struct mt_owner_place {
  uint64_t *entry;
  uint64_t tag; /* in the tag's bits */
};

static inline struct mt_owner_place mt_owner_place_of(uint64_t address) {
  uint64_t key = address >> MT_ADDRESS_SHIFT & ((UINT64_C(1) << MT_RAW_ADDRESS_BITS) - 1);
  uint32_t odd = key & 1, near = (uint32_t)(key >> 1) & ((1u << MT_OWNER_INDEX_BITS) - 1);
  uint32_t region = (uint32_t)(key >> (1 + MT_OWNER_INDEX_BITS));
  uint32_t scatter = (region * UINT32_C(0x9e3779b1)) >> (32 - MT_OWNER_INDEX_BITS);
  return (struct mt_owner_place){&mt_owner_table[near ^ scatter], (uint64_t)(region << 1 | odd)
                                                                      << MT_OWNER_TAG_SHIFT};
}

static inline void mt_owner_set(uint64_t address, uint32_t owner_bits, uint32_t sequence) {
  struct mt_owner_place place = mt_owner_place_of(address);
  mt_store_relaxed(place.entry, place.tag | (uint64_t)owner_bits << MT_OWNER_SEQUENCE_BITS |
                                    (sequence & ((1u << MT_OWNER_SEQUENCE_BITS) - 1)));
}

/* What the table says of the block: its owner's bits above the low bits of its sequence. Only if
 * mt_owner_is_known. */
static inline uint64_t mt_owner_find(uint64_t address) {
  struct mt_owner_place place = mt_owner_place_of(address);
  return mt_load_relaxed(place.entry) ^ place.tag;
}

static inline bool mt_owner_is_known(uint64_t found) {
  return found >> MT_OWNER_TAG_SHIFT == 0 &&
         found >> (MT_OWNER_SEQUENCE_BITS + MT_OWNER_SLOT_BITS) != 0;
}

static inline uint32_t mt_owner_bits_of(uint64_t found) {
  return (uint32_t)(found >> MT_OWNER_SEQUENCE_BITS);
}

static inline uint32_t mt_owner_sequence_of(uint64_t found) {
  return (uint32_t)found & ((1u << MT_OWNER_SEQUENCE_BITS) - 1);
}

/* Forgets a block that is allocated again without being recorded. */
static inline void mt_owner_clear(uint64_t address) {
  if (mt_owner_is_known(mt_owner_find(address))) {
    mt_store_relaxed(mt_owner_place_of(address).entry, 0);
  }
}

#endif
