/* live_region.c: see live_region.h. */
#include "file/live_region.h"

#include <errno.h>
#include <string.h>

#include "base/page.h"
#include "base/sys.h"
#include "file/live_file.h"
#include "file/trace_file.h"

#define STAGING_BYTES (MT_STAGING_WORDS * sizeof(uint64_t))

/* What a ring, and a staging, gets at first. What is reserved must be cleared, and given back: for
 * the child of a fork that allocates little and ends, that is most of what recording costs. */
#define FIRST_BYTES (UINT64_C(32) << 10)
#define GROWTH 4u

_Static_assert(MT_RING_LARGE_SLOTS % MT_RING_GROUP_SLOTS == 0, "a group's rings are of one size");
_Static_assert(sizeof(struct mt_live_header) <= 4096, "the header has a page");
_Static_assert(MT_RING_STRIDE % (64u << 10) == 0 && STAGING_BYTES % (64u << 10) == 0,
               "parts begin at a page, however large pages are");

struct mt_live_region mt_live_region;

/* The header has a page. The first staging is right behind it, mapped and reserved together: each
 * piece of a file that a short process leaves costs as much as the next when it is given back. */
static uint64_t header_bytes(void) { return mt_page_bytes(); }
static uint64_t head_bytes(void) { return header_bytes() + STAGING_BYTES; }
static uint64_t staging_offset(unsigned index) { return header_bytes() + index * STAGING_BYTES; }
static uint64_t rings_offset(void) { return staging_offset(MT_STAGINGS); }

/* Where the ring of a slot begins in the region; of the one behind the last: its end. */
static uint64_t ring_offset(uint32_t slot) {
  uint64_t large = slot < MT_RING_LARGE_SLOTS ? slot : MT_RING_LARGE_SLOTS;
  return rings_offset() + large * MT_RING_LARGE_STRIDE + (slot - large) * MT_RING_STRIDE;
}

static uint64_t group_offset(uint32_t group) { return ring_offset(group * MT_RING_GROUP_SLOTS); }

static uint64_t group_bytes(uint32_t group) {
  return group_offset(group + 1) - group_offset(group);
}

/* Without a task the descriptor that grows the file may be lost; who would rather lose events than
 * wait does not wait for growth, either: growing is done at once there. */
static uint64_t first_bytes(uint64_t all) {
  bool at_once = mt_live_file.is_shared || mt_options.drop_when_full;
  return at_once || all < FIRST_BYTES ? all : FIRST_BYTES;
}

static bool reserve(uint64_t offset, uint64_t bytes) {
  if (mt_live_region.is_detached) return true;
  long result = mt_live_file_reserve(offset, bytes);
  if (result != 0 && mt_trace_file.error == 0) mt_trace_file.error = (int)-result;
  return result == 0;
}

/* MARK: Mapping */

/*
 * Maps a part of the region from the file, or private memory once it is detached; over what is
 * there if `where` is not NULL.
 */
static void *map_part(void *where, uint64_t offset, uint64_t bytes) {
  const struct mt_live_region *region = &mt_live_region;
  int how = MAP_NORESERVE | (where != NULL ? MAP_FIXED : 0);
  how |= region->is_detached ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  int fd = region->is_detached ? -1 : mt_live_file_descriptor(0);
  if (fd < 0 && !region->is_detached) return NULL;
  void *part =
      mt_sys_map(where, bytes, PROT_READ | PROT_WRITE, how, fd, region->is_detached ? 0 : offset);
  if (part == NULL) return NULL;
  if (!region->is_detached) mt_live_file_extend(offset + bytes);
  /* A child must never write into its parent's rings: it does not inherit them. */
  if (!region->is_inherited) mt_sys_advise(part, bytes, MADV_DONTFORK);
  if (!region->is_detached && !region->reads_ahead) mt_sys_advise(part, bytes, MADV_RANDOM);
  return part;
}

/* Calls `body` with each part that is mapped: its address, its place in the region, its bytes. */
static bool each_part(bool (*body)(void *part, uint64_t offset, uint64_t bytes)) {
  struct mt_live_region *region = &mt_live_region;
  bool all = region->header == NULL || body(region->header, 0, head_bytes());
  for (unsigned i = 1; i < MT_STAGINGS; i++) {
    if (region->staging[i] != NULL) {
      all &= body(region->staging[i], staging_offset(i), STAGING_BYTES);
    }
  }
  for (uint32_t i = 0; i < MT_RING_GROUPS && region->ring_groups[i] != NULL; i++) {
    all &= body(region->ring_groups[i], group_offset(i), group_bytes(i));
  }
  return all;
}

static bool map_over(void *part, uint64_t offset, uint64_t bytes) {
  return map_part(part, offset, bytes) != NULL;
}

static bool read_ahead(void *part, uint64_t offset, uint64_t bytes) {
  (void)offset;
  return mt_sys_advise(part, bytes, MADV_NORMAL) == 0;
}

void mt_live_read_ahead(void) {
  struct mt_live_region *region = &mt_live_region;
  if (region->reads_ahead || region->is_detached) return;
  region->reads_ahead = true;
  each_part(read_ahead);
}

bool mt_live_next_part(uint32_t *number, const void **start, uint64_t *bytes) {
  const struct mt_live_region *region = &mt_live_region;
  if (region->header == NULL) return false;
  uint32_t rings = 1 + MT_STAGINGS; /* the number of the first */
  for (; *number < rings + region->ring_ready; ++*number) {
    uint32_t at = *number;
    if (at == 0) {
      *start = region->header;
      *bytes = header_bytes();
    } else if (at < rings) {
      *start = region->staging[at - 1];
      *bytes = region->staging_words[at - 1] * sizeof(uint64_t);
    } else {
      *start = mt_live_ring(at - rings);
      *bytes = region->ring_words[at - rings] * sizeof(uint64_t) + sizeof(struct mt_ring_header);
    }
    if (*bytes == 0) continue;
    ++*number;
    return true;
  }
  return false;
}

uint64_t mt_live_resident(unsigned char *buffer, size_t buffer_bytes) {
  uint64_t page_bytes = mt_page_bytes(), pages = 0, bytes;
  const void *start;
  if (mt_live_region.is_detached) return 0;
  for (uint32_t number = 0; mt_live_next_part(&number, &start, &bytes);)
    pages += mt_sys_resident_pages(start, bytes, page_bytes, buffer, buffer_bytes);
  return pages * page_bytes;
}

void mt_live_map_again(void) {
  if (mt_live_region.is_detached) return;
  each_part(map_over);
  mt_live_file_lock(); /* the lock of the descriptor before it has gone with the last mapping */
  mt_live_region.header->is_locked = mt_live_file.is_locked;
}

/* MARK: Growing */

/* Maps the groups of slots [0, count); fewer, and ring_slots says so, without address space. */
static uint32_t map_groups(uint32_t count) {
  struct mt_live_region *region = &mt_live_region;
  for (uint32_t i = region->ring_ready / MT_RING_GROUP_SLOTS; i * MT_RING_GROUP_SLOTS < count;
       i++) {
    if (region->ring_groups[i] != NULL) continue;
    region->ring_groups[i] = map_part(NULL, group_offset(i), group_bytes(i));
    if (region->ring_groups[i] == NULL) {
      mt_store_relaxed(&region->ring_slots, i * MT_RING_GROUP_SLOTS);
      return region->ring_slots;
    }
  }
  return count;
}

/* Reserves the first bytes of a ring, those that are there already included. */
static bool reserve_ring(uint32_t slot, uint64_t bytes) {
  uint32_t words = mt_live_region.ring_words[slot];
  uint64_t ready = words == 0 ? 0 : words * sizeof(uint64_t) + sizeof(struct mt_ring_header);
  if (mt_live_region.is_detached) bytes = mt_ring_stride(slot);
  if (!reserve(ring_offset(slot) + ready, bytes - ready)) return false;
  words = (uint32_t)((bytes - sizeof(struct mt_ring_header)) / sizeof(uint64_t));
  mt_store_release(&mt_live_region.ring_words[slot], words); /* pairs with mt_ring_make_room */
  return true;
}

bool mt_live_reserve_rings(uint32_t count) {
  struct mt_live_region *region = &mt_live_region;
  if (count > region->ring_slots) count = region->ring_slots;
  if (count > region->ring_ready) count = map_groups(count);
  for (uint32_t slot = region->ring_ready; slot < count; slot++) {
    if (!reserve_ring(slot, first_bytes(mt_ring_stride(slot)))) return false;
    mt_store_release(&region->ring_ready, slot + 1); /* pairs with slots.c */
  }
  return true;
}

void mt_live_grow_ring(uint32_t slot, uint64_t head) {
  uint64_t words = mt_live_region.ring_words[slot], all = mt_ring_words(slot);
  if (mt_likely(words == all)) return;
  uint64_t wanted = mt_load_acquire(&mt_live_region.ring_wanted[slot]); /* pairs with ring.c */
  if (head % all < words / 2 && wanted <= words) return;
  uint64_t bytes = words * sizeof(uint64_t) + sizeof(struct mt_ring_header);
  do {
    bytes *= GROWTH;
  } while (bytes < (wanted + 1) * sizeof(uint64_t) + sizeof(struct mt_ring_header));
  reserve_ring(slot, bytes < mt_ring_stride(slot) ? bytes : mt_ring_stride(slot));
}

void mt_live_fill_ring(uint32_t slot) {
  if (mt_live_region.ring_words[slot] != mt_ring_words(slot)) {
    reserve_ring(slot, mt_ring_stride(slot));
  }
}

bool mt_live_reserve_staging(unsigned index, uint64_t words) {
  struct mt_live_region *region = &mt_live_region;
  uint64_t ready = region->staging_words[index];
  if (mt_likely(words <= ready)) return true;
  if (region->staging[index] == NULL) {
    region->staging[index] = map_part(NULL, staging_offset(index), STAGING_BYTES);
    if (region->staging[index] == NULL) {
      mt_trace_file.error = ENOMEM;
      return false;
    }
  }
  uint64_t wanted = ready == 0 ? first_bytes(STAGING_BYTES) / sizeof(uint64_t) : GROWTH * ready;
  while (wanted < words) wanted *= GROWTH;
  if (wanted > MT_STAGING_WORDS) wanted = MT_STAGING_WORDS;
  uint64_t offset = staging_offset(index) + ready * sizeof(uint64_t);
  if (!reserve(offset, (wanted - ready) * sizeof(uint64_t))) return false;
  region->staging_words[index] = (uint32_t)wanted;
  return true;
}

/* MARK: Coming and going */

/* Fills a fresh live region, whose pages read as zero. */
static void fill_header(void) {
  struct mt_live_header *header = mt_live_region.header;
  header->staging_words = MT_STAGING_WORDS;
  header->ring_slots = mt_live_region.ring_slots;
  for (unsigned i = 0; i < MT_STAGINGS; i++) header->staging_offset[i] = staging_offset(i);
  header->rings_offset = rings_offset();
  header->ring_stride = MT_RING_STRIDE;
  header->large_slots = MT_RING_LARGE_SLOTS;
  header->large_stride = MT_RING_LARGE_STRIDE;
  header->header_bytes = sizeof *header;
  header->ring_header_bytes = sizeof(struct mt_ring_header);
  header->counter_slots = MT_COUNTER_COUNT;
  header->pid = mt_trace_file.header.pid;
  header->root_pid = mt_trace_file.header.root_pid;
  header->root_start_ticks = mt_trace_file.header.root_start_ticks;
  header->is_locked = mt_live_file.is_locked;
  header->trace_device = mt_trace_file.identity.device;
  header->trace_inode = mt_trace_file.identity.inode;
  memcpy(header->nonce, mt_trace_file.header.nonce, sizeof header->nonce);
  mt_store_release(&header->magic, MT_LIVE_MAGIC); /* read by the analyzer, from the file */
}

static void forget_reservations(void) {
  struct mt_live_region *region = &mt_live_region;
  region->reads_ahead = false;
  region->ring_slots = MT_RING_SLOTS_MAX;
  memset(region->staging_words, 0, sizeof region->staging_words);
  memset(region->ring_words, 0, region->ring_ready * sizeof *region->ring_words);
  memset(region->ring_wanted, 0, region->ring_ready * sizeof *region->ring_wanted);
  region->ring_ready = 0;
}

/* All that is mapped is private memory, and needs no blocks. */
static void map_private(void) {
  struct mt_live_region *region = &mt_live_region;
  uint32_t slots = region->ring_ready;
  region->is_detached = region->is_inherited = true;
  each_part(map_over);
  for (uint32_t slot = 0; slot < slots; slot++) reserve_ring(slot, mt_ring_stride(slot));
  for (unsigned i = 0; i < MT_STAGINGS; i++) {
    if (region->staging[i] != NULL) region->staging_words[i] = MT_STAGING_WORDS;
  }
  if (region->header != NULL) fill_header();
}

void mt_live_detach(void) {
  uint64_t counters[MT_COUNTER_COUNT];
  memcpy(counters, mt_live_counters(), sizeof counters);
  map_private();
  memcpy(mt_live_counters(), counters, sizeof counters);
}

void mt_live_leave_reason(const struct mt_end *end) {
  struct mt_live_header *header = mt_live_region.header;
  memset(header->staging, 0, sizeof header->staging);
  header->ring_slots = 0;
  header->rings_offset = header_bytes();
  header->end = *end;
  mt_live_detach();
  mt_live_file_cut(header_bytes());
  mt_live_file_close();
}

static bool unmap(void *part, uint64_t offset, uint64_t bytes) {
  (void)offset;
  mt_sys_unmap(part, bytes);
  return true;
}

static int map_all(uint32_t rings) {
  struct mt_live_region *region = &mt_live_region;
  uint64_t staged = region->is_detached ? STAGING_BYTES : first_bytes(STAGING_BYTES);
  if (!reserve(0, header_bytes() + staged)) return -mt_trace_file.error;
  if (region->header != NULL) {
    if (!each_part(map_over)) return -ENOMEM;
  } else {
    region->header = map_part(NULL, 0, head_bytes());
    if (region->header == NULL) return -ENOMEM;
    region->staging[0] = (uint64_t *)((char *)region->header + header_bytes());
  }
  region->staging_words[0] = (uint32_t)(staged / sizeof(uint64_t));
  fill_header();
  if (!mt_live_reserve_rings(rings)) return -mt_trace_file.error;
  return region->ring_slots < rings ? -ENOMEM : 0;
}

int mt_live_begin(uint32_t rings) {
  mt_live_region.is_detached = true;
  mt_live_region.is_inherited = false;
  forget_reservations();
  int result = map_all(rings);
  if (result != 0) mt_live_discard();
  return result;
}

int mt_live_attach(uint32_t rings, bool is_shared) {
  struct mt_live_region *region = &mt_live_region;
  bool is_first = region->header == NULL;
  int result = mt_live_file_create(mt_trace_file.path, region->name, is_shared);
  if (result != 0) return result;
  region->is_detached = region->is_inherited = false;
  forget_reservations();
  result = map_all(rings);
  if (result == 0) return 0;
  if (is_first) {
    mt_live_discard();
  } else {
    map_private(); /* hooks still count there what is lost */
    mt_live_file_remove();
  }
  return result;
}

void mt_live_discard(void) {
  each_part(unmap);
  mt_live_file_remove();
  mt_live_forget();
}

void mt_live_forget(void) {
  struct mt_live_region *region = &mt_live_region;
  mt_live_file_forget();
  region->header = NULL;
  for (uint32_t i = 0; i < MT_RING_GROUPS && region->ring_groups[i] != NULL; i++) {
    region->ring_groups[i] = NULL;
  }
  memset(region->staging, 0, sizeof region->staging);
}

void mt_live_abandon(void) {
  mt_live_file_forget();
  map_private();
}
