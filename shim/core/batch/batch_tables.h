/*
 * batch_tables.h: the two tables by which a batch is read: sites by (stack, size), and blocks by
 * address. Open addressing, 4 and 8 bytes a place. Each begins as small as a processor's first
 * cache, because most batches have few sites and reuse few addresses, and grows eightfold when a
 * quarter of it is in use. The largest size, which memory is there for, is never more than half
 * full. [writer] all of it.
 */
#ifndef MEMTRACE_BATCH_TABLES_H
#define MEMTRACE_BATCH_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "trace_format.h"

#define MT_BATCH_TABLE_BITS_MIN 11u
#define MT_BATCH_TABLE_BITS_STEP 3u
#define MT_BATCH_TABLE_ENTRIES_MAX (1u << 16)
#define MT_BATCH_NONE UINT32_MAX

struct mt_batch_site {
  uint64_t size;
  uint32_t stack;
};

struct mt_batch_tables {
  struct mt_batch_site *sites; /* by number, in order of appearance */
  uint32_t site_count;
  uint32_t site_limit; /* the table grows when there are so many */
  uint32_t site_bits;
  uint32_t block_bits;
  uint32_t block_count; /* distinct addresses */
  uint32_t block_limit;
  uint32_t *site_places;  /* site + 1; of the size in use */
  uint64_t *block_places; /* address >> shift << 20 | allocation + 1 */
};

extern MT_NEAR_DATA struct mt_batch_tables mt_batch_tables;

#define MT_BATCH_BLOCK_SHIFT (64 - MT_RAW_ADDRESS_BITS)
_Static_assert(MT_BATCH_TABLE_ENTRIES_MAX < 1u << MT_BATCH_BLOCK_SHIFT,
               "an allocation's number fits beside its address");

/* Puts empty tables for so many sites and blocks into zeroed memory, unless that is NULL. The bytes
 * that they take. */
size_t mt_batch_tables_place(char *memory, uint32_t entries);

/* Empties both tables. */
void mt_batch_tables_clear(void);

/* The rare ends of the functions below: a new site, whose place is known; a larger table. */
uint32_t mt_batch_add_site(uint32_t *place, uint32_t stack, uint64_t size);
void mt_batch_grow_blocks(void);

static inline uint64_t mt_batch_hash(uint64_t key, uint32_t bits) {
  return (key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits);
}

/* Where the table has (stack, size), or the empty place where it is to be. */
static inline uint32_t *mt_batch_site_place(uint32_t stack, uint64_t size) {
  uint32_t bits = mt_batch_tables.site_bits;
  uint32_t *places = mt_batch_tables.site_places;
  uint64_t mask = (UINT64_C(1) << bits) - 1;
  uint64_t at = mt_batch_hash(size ^ (uint64_t)stack << 32, bits);
  for (;; at = (at + 1) & mask) {
    if (mt_unlikely(places[at] == 0)) return &places[at];
    const struct mt_batch_site *site = &mt_batch_tables.sites[places[at] - 1];
    if (mt_likely(site->stack == stack && site->size == size)) return &places[at];
  }
}

/* The number of the site (stack, size). */
static inline uint32_t mt_batch_site_number(uint32_t stack, uint64_t size) {
  uint32_t *place = mt_batch_site_place(stack, size);
  if (mt_unlikely(*place == 0)) return mt_batch_add_site(place, stack, size);
  return *place - 1;
}

/* Where the table has `address` (>> shift), or the empty place where it is to be. */
static inline uint64_t *mt_batch_block_place(uint64_t address) {
  uint32_t bits = mt_batch_tables.block_bits;
  uint64_t *places = mt_batch_tables.block_places;
  uint64_t mask = (UINT64_C(1) << bits) - 1;
  uint64_t at = mt_batch_hash(address, bits);
  while (places[at] != 0 && places[at] >> MT_BATCH_BLOCK_SHIFT != address) at = (at + 1) & mask;
  return &places[at];
}

/* `address` (>> shift) belongs to `allocation` from now on. */
static inline void mt_batch_set_block(uint64_t address, uint32_t allocation) {
  uint64_t *place = mt_batch_block_place(address);
  bool is_new = *place == 0;
  *place = address << MT_BATCH_BLOCK_SHIFT | (allocation + 1);
  if (mt_unlikely(is_new) && ++mt_batch_tables.block_count == mt_batch_tables.block_limit) {
    mt_batch_grow_blocks();
  }
}

/* The latest allocation of the batch at `address` (>> shift), or MT_BATCH_NONE. */
static inline uint32_t mt_batch_find_block(uint64_t address) {
  uint64_t entry = *mt_batch_block_place(address);
  return (uint32_t)(entry & ((1u << MT_BATCH_BLOCK_SHIFT) - 1)) - 1;
}

#endif
