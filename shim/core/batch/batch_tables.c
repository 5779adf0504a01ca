/*
 * batch_tables.c: see batch_tables.h. Each size of a table has memory of its own, so that growing
 * is copying; what a size never used is never touched.
 */
#include "batch/batch_tables.h"

#include <string.h>

#include "base/sys.h"

struct mt_batch_tables mt_batch_tables;

static uint32_t *site_memory;
static uint64_t *block_memory;

/* Places of all smaller sizes: where the memory of this one begins. */
static uint32_t places_below(uint32_t bits) {
  uint32_t places = 0;
  while (bits > MT_BATCH_TABLE_BITS_MIN) {
    bits -= MT_BATCH_TABLE_BITS_STEP;
    places += 1u << bits;
  }
  return places;
}

#define PLACES_MAX (2u << MT_BATCH_TABLE_BITS_MAX)

static uint32_t limit_for(uint32_t bits) {
  return bits == MT_BATCH_TABLE_BITS_MAX ? UINT32_MAX : 1u << (bits - 2);
}

static void use_sites_of(uint32_t bits) {
  mt_batch_tables.site_bits = bits;
  mt_batch_tables.site_limit = limit_for(bits);
  mt_batch_tables.site_places = site_memory + places_below(bits);
}

static void use_blocks_of(uint32_t bits) {
  mt_batch_tables.block_bits = bits;
  mt_batch_tables.block_limit = limit_for(bits);
  mt_batch_tables.block_places = block_memory + places_below(bits);
}

bool mt_batch_tables_start(void) {
  site_memory = mt_sys_map_private(PLACES_MAX * sizeof *site_memory);
  block_memory = mt_sys_map_private(PLACES_MAX * sizeof *block_memory);
  mt_batch_tables.sites =
      mt_sys_map_private(MT_BATCH_TABLE_ENTRIES_MAX * sizeof *mt_batch_tables.sites);
  use_sites_of(MT_BATCH_TABLE_BITS_MIN);
  use_blocks_of(MT_BATCH_TABLE_BITS_MIN);
  return site_memory != NULL && block_memory != NULL && mt_batch_tables.sites != NULL;
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
  use_sites_of(mt_batch_tables.site_bits + MT_BATCH_TABLE_BITS_STEP);
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
  use_blocks_of(mt_batch_tables.block_bits + MT_BATCH_TABLE_BITS_STEP);
  for (uint64_t at = 0; at < places; at++) {
    if (old[at] == 0) continue;
    *mt_batch_block_place(old[at] >> MT_BATCH_BLOCK_SHIFT) = old[at];
    old[at] = 0;
  }
}
