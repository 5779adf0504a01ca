/*
 * batch_tables.c: see batch_tables.h. Each size of a table has memory of its own, so that growing
 * is copying; what a size never used is never touched.
 */
#include "batch/batch_tables.h"

#include <string.h>

#include "base/atomics.h"

struct mt_batch_tables mt_batch_tables;

static uint32_t *site_memory;
static uint64_t *block_memory;
static uint32_t largest_bits;

/* The size after this one. */
static uint32_t bits_after(uint32_t bits, uint32_t largest) {
  uint32_t more = bits + MT_BATCH_TABLE_BITS_STEP;
  return more < largest ? more : largest;
}

/* Places of all smaller sizes: where the memory of this one begins. */
static uint32_t places_below(uint32_t bits, uint32_t largest) {
  uint32_t places = 0, at = MT_BATCH_TABLE_BITS_MIN;
  for (; at < bits; at = bits_after(at, largest)) places += 1u << at;
  return places;
}

static uint32_t limit_for(uint32_t bits) {
  return bits == largest_bits ? UINT32_MAX : 1u << (bits - 2);
}

static void use_sites_of(uint32_t bits) {
  mt_batch_tables.site_bits = bits;
  mt_batch_tables.site_limit = limit_for(bits);
  mt_batch_tables.site_places = site_memory + places_below(bits, largest_bits);
}

static void use_blocks_of(uint32_t bits) {
  mt_batch_tables.block_bits = bits;
  mt_batch_tables.block_limit = limit_for(bits);
  mt_batch_tables.block_places = block_memory + places_below(bits, largest_bits);
}

/* The size that is at most half full with so many entries. */
static uint32_t bits_for(uint32_t entries) {
  uint32_t bits = MT_BATCH_TABLE_BITS_MIN;
  while (1u << (bits - 1) < entries) bits++;
  return bits;
}

size_t mt_batch_tables_place(char *memory, uint32_t entries) {
  uint32_t bits = bits_for(entries);
  size_t places = places_below(bits, bits) + (UINT64_C(1) << bits);
  if (memory != NULL) {
    mt_batch_tables.site_count = mt_batch_tables.block_count = 0;
    block_memory = (uint64_t *)memory;
    mt_batch_tables.sites = (struct mt_batch_site *)(block_memory + places);
    site_memory = (uint32_t *)(mt_batch_tables.sites + entries);
    mt_store_release(&largest_bits, bits); /* a child may be forked here: never more than memory */
    mt_batch_tables_clear();
  }
  return places * (sizeof *site_memory + sizeof *block_memory) +
         entries * sizeof *mt_batch_tables.sites;
}

static void clear_sites(void) {
  memset(mt_batch_tables.site_places, 0, sizeof(uint32_t) << mt_batch_tables.site_bits);
}

static void clear_blocks(void) {
  memset(mt_batch_tables.block_places, 0, sizeof(uint64_t) << mt_batch_tables.block_bits);
}

void mt_batch_tables_clear(void) {
  if (mt_batch_tables.site_count != 0) clear_sites();
  if (mt_batch_tables.block_count != 0) clear_blocks();
  mt_batch_tables.site_count = mt_batch_tables.block_count = 0;
  use_sites_of(MT_BATCH_TABLE_BITS_MIN);
  use_blocks_of(MT_BATCH_TABLE_BITS_MIN);
}

static void grow_sites(void) {
  clear_sites();
  use_sites_of(bits_after(mt_batch_tables.site_bits, largest_bits));
  for (uint32_t i = 0; i < mt_batch_tables.site_count; i++) {
    const struct mt_batch_site *site = &mt_batch_tables.sites[i];
    *mt_batch_site_place(site->stack, site->size) = i + 1;
  }
}

__attribute__((noinline)) uint32_t mt_batch_add_site(uint32_t *place, uint32_t stack,
                                                     uint64_t size) {
  uint32_t number = mt_batch_tables.site_count++;
  mt_batch_tables.sites[number] = (struct mt_batch_site){size, stack};
  *place = number + 1;
  if (mt_batch_tables.site_count == mt_batch_tables.site_limit) grow_sites();
  return number;
}

__attribute__((noinline)) void mt_batch_grow_blocks(void) {
  uint64_t *old = mt_batch_tables.block_places;
  uint64_t places = UINT64_C(1) << mt_batch_tables.block_bits;
  use_blocks_of(bits_after(mt_batch_tables.block_bits, largest_bits));
  for (uint64_t at = 0; at < places; at++) {
    if (old[at] == 0) continue;
    *mt_batch_block_place(old[at] >> MT_BATCH_BLOCK_SHIFT) = old[at];
    old[at] = 0;
  }
}
