/*
 * batch.c: see batch.h.
 *
 * Lane after lane, a first pass turns words into operations, finds the sites of allocations and
 * resolves the releases of the lane's own blocks; a second resolves releases across lanes; the rest
 * is writing columns. The address table is needed only for blocks whose release does not name its
 * allocation: those of a process's single-threaded life.
 */
#include "batch.h"

#include <string.h>

#include "arch.h"
#include "atomics.h"
#include "columns.h"
#include "sys.h"
#include "trace_file.h"

#define WORDS_MAX MT_STAGING_WORDS
#define ALLOCATIONS_MAX (WORDS_MAX / 2)
#define RUNS_MAX (WORDS_MAX / 4)
#define NODES_MAX (WORDS_MAX / 3)
#define TABLE_BITS 17
#define TABLE_SLOTS (1u << TABLE_BITS)
#define REFERENCE_TAG_MASK 0xfff00000u /* above the number of an allocation */
#define RECORD_BYTES_MAX (WORDS_MAX * sizeof(uint64_t) + (64u << 10))
#define YIELD_WORDS 8192u
#define NONE UINT32_MAX
#define SEQUENCE_MASK ((1u << MT_RAW_SEQUENCE_BITS) - 1)
/* An allocation that is not in the file yet is in the other staging or in its thread's ring. */
#define EARLY_WINDOW (ALLOCATIONS_MAX + (uint32_t)MT_RING_WORDS)
#define FREED (UINT64_C(1) << 63)
#define ADDRESS_MASK ((UINT64_C(1) << MT_RAW_ADDRESS_BITS) - 1)

_Static_assert(TABLE_SLOTS >= 2 * ALLOCATIONS_MAX, "tables are at most half full");
_Static_assert(ALLOCATIONS_MAX < ~REFERENCE_TAG_MASK, "allocations fit beside the tag");

struct run {
  const uint64_t *words;
  uint32_t count;
  uint32_t lane;
  uint32_t next; /* of the same lane */
  uint32_t events;
  uint32_t first_time;
  uint32_t times;
  uint32_t first_special; /* offset in the specials */
  uint32_t special_bytes;
};

struct lane {
  struct mt_lane facts;
  uint32_t slot;
  uint32_t first_run;
  uint32_t last_run;
  uint32_t first_operation; /* index of the lane's first, in `operations` */
  uint32_t first_allocation;
  uint32_t first_release; /* in `releases` */
  uint64_t last_release;  /* address >> shift, for realloc in place */
  uint32_t last_released; /* index in the lane of the own allocation released last */
};

/* A release that its lane alone could not resolve. */
struct release {
  uint64_t address; /* >> shift */
  uint32_t operation;
  uint32_t thread; /* 0: by address */
  uint32_t sequence; /* low bits; after resolution: lane index or whole sequence */
  uint32_t lane;   /* after resolution: of the allocation */
};

struct time_entry {
  uint32_t event; /* in its run */
  uint64_t time_ns;
};

struct site {
  uint64_t size;
  uint32_t stack;
  uint32_t slot; /* in the site table */
};

struct node {
  uint64_t pc;
  uint32_t id;
  uint32_t parent;
};

/* What a slot's thread has behind it, between batches. */
struct slot_progress {
  uint32_t thread;
  uint32_t sequence;
};

static struct {
  struct run *runs;
  struct lane *lanes;
  uint32_t *lane_of_thread; /* by thread modulo RUNS_MAX; to be verified */
  struct slot_progress progress[MT_RING_SLOTS_MAX];
  uint8_t *operations;
  uint64_t *allocation_address; /* >> shift; FREED set when a release of the batch names it */
  uint32_t *allocation_site;
  struct release *releases;
  struct time_entry *times;
  uint8_t *specials;
  uint8_t *fars;
  struct node *nodes;
  uint32_t *address_table; /* tag of the address, allocation + 1 */
  uint32_t *site_table;    /* site + 1 */
  struct site *sites;      /* by number */
  uint8_t *payload;
  uint8_t *records;
  uint32_t record_bytes; /* kept between batches */
  /* of the batch at hand */
  uint64_t number;
  mt_yield yield;
  uint32_t run_count, lane_count, operation_count, allocation_count, release_count, time_count,
      node_count, site_count, special_count;
  uint32_t special_bytes;
  uint8_t *fars_end;
  uint64_t time_ns; /* latest seen: times never run backwards */
  bool addresses_used;
} batch;

#define MAP(member, count) \
  ((batch.member = mt_sys_map_private((size_t)(count) * sizeof *batch.member)) != NULL)

bool mt_batch_start(void) {
  return MAP(runs, RUNS_MAX) && MAP(lanes, RUNS_MAX) && MAP(lane_of_thread, RUNS_MAX) && MAP(operations, WORDS_MAX) &&
         MAP(allocation_address, ALLOCATIONS_MAX) && MAP(allocation_site, ALLOCATIONS_MAX) &&
         MAP(releases, WORDS_MAX) && MAP(times, WORDS_MAX) &&
         MAP(specials, WORDS_MAX * sizeof(uint64_t)) && MAP(fars, WORDS_MAX * 5) &&
         MAP(nodes, NODES_MAX) && MAP(address_table, TABLE_SLOTS) &&
         MAP(site_table, TABLE_SLOTS) && MAP(sites, ALLOCATIONS_MAX) && MAP(payload, WORDS_MAX * 24) &&
         MAP(records, RECORD_BYTES_MAX);
}

void mt_batch_forget(void) {
  memset(batch.progress, 0, sizeof batch.progress);
  batch.record_bytes = 0;
  batch.time_ns = 0;
}

/* MARK: Records */

void mt_batch_add_record(enum mt_record_type type, const void *content, uint32_t bytes) {
  uint32_t padded = (bytes + 7) & ~7u;
  if (batch.record_bytes + sizeof(struct mt_record) + padded > RECORD_BYTES_MAX) {
    mt_batch_flush_records();
  }
  struct mt_record header = {.type = (uint16_t)type, .bytes = bytes};
  uint8_t *to = batch.records + batch.record_bytes;
  memcpy(to, &header, sizeof header);
  memcpy(to + sizeof header, content, bytes);
  memset(to + sizeof header + bytes, 0, padded - bytes);
  batch.record_bytes += (uint32_t)sizeof header + padded;
}

void mt_batch_flush_records(void) {
  if (batch.record_bytes == 0) return;
  mt_trace_file_append(MT_CHUNK_RECORDS, batch.records, batch.record_bytes);
  batch.record_bytes = 0;
}

static void keep_records(const void *records, uint32_t bytes) {
  if (batch.record_bytes + bytes > RECORD_BYTES_MAX) mt_batch_flush_records();
  memcpy(batch.records + batch.record_bytes, records, bytes);
  batch.record_bytes += bytes;
}

static void write_nodes(void) {
  if (batch.node_count == 0) return;
  struct mt_stacks_header header = {.nodes = batch.node_count};
  uint8_t *cursor = batch.payload + sizeof header;
  for (uint32_t i = 0; i < batch.node_count; i++, cursor += sizeof(uint64_t)) {
    memcpy(cursor, &batch.nodes[i].pc, sizeof(uint64_t));
  }
  uint8_t *column = cursor;
  uint32_t previous = 0;
  for (uint32_t i = 0; i < batch.node_count; i++) {
    cursor = mt_put_signed(cursor, (int64_t)batch.nodes[i].id - (int64_t)previous);
    previous = batch.nodes[i].id;
  }
  header.id_bytes = (uint32_t)(cursor - column);
  column = cursor;
  for (uint32_t i = 0; i < batch.node_count; i++) {
    cursor = mt_put_signed(cursor, (int64_t)batch.nodes[i].id - (int64_t)batch.nodes[i].parent);
  }
  header.parent_bytes = (uint32_t)(cursor - column);
  memcpy(batch.payload, &header, sizeof header);
  mt_compress_append(MT_CHUNK_STACKS, batch.payload, (size_t)(cursor - batch.payload),
                     batch.yield);
}

/* MARK: Which words belong to which lane */

static uint32_t lane_for(uint32_t slot, uint32_t thread) {
  uint32_t *known = &batch.lane_of_thread[thread % RUNS_MAX];
  if (*known < batch.lane_count && batch.lanes[*known].facts.thread == thread) return *known;
  uint32_t index = *known = batch.lane_count++;
  struct lane *lane = &batch.lanes[index];
  memset(lane, 0, sizeof *lane);
  struct slot_progress *progress = &batch.progress[slot];
  if (progress->thread != thread) *progress = (struct slot_progress){.thread = thread};
  lane->facts.thread = thread;
  lane->facts.first_sequence = progress->sequence;
  lane->slot = slot;
  lane->first_run = lane->last_run = NONE;
  return index;
}

static void find_lanes(const uint64_t *words, uint64_t count) {
  uint64_t at = 0;
  while (at + 3 <= count) {
    uint32_t slot = (uint32_t)(words[at] >> 32) & (MT_RING_SLOTS_MAX - 1);
    uint32_t run_words = (uint32_t)words[at + 2];
    if (run_words > count - at - 3) break;
    uint32_t index = batch.run_count++;
    struct run *run = &batch.runs[index];
    *run = (struct run){.words = words + at + 3, .count = run_words, .next = NONE};
    run->lane = lane_for(slot, (uint32_t)words[at]);
    struct lane *lane = &batch.lanes[run->lane];
    if (lane->first_run == NONE) {
      lane->first_run = index;
    } else {
      batch.runs[lane->last_run].next = index;
    }
    lane->last_run = index;
    at += 3 + run_words;
  }
}

/* MARK: Blocks by address, for releases that do not name their allocation */

/*
 * Both tables below hold 32-bit references into the batch's arrays, open addressing, at most half
 * full: small enough to stay in a processor's own cache, and cheap to clear.
 */
static uint32_t *address_slot(uint64_t address) {
  uint64_t hash = address * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t tag = (uint32_t)hash & REFERENCE_TAG_MASK;
  uint32_t slot = (uint32_t)(hash >> (64 - TABLE_BITS));
  for (;; slot = (slot + 1) & (TABLE_SLOTS - 1)) {
    uint32_t reference = batch.address_table[slot];
    if (reference == 0) return &batch.address_table[slot];
    if ((reference & REFERENCE_TAG_MASK) != tag) continue;
    uint32_t allocation = (reference & ~REFERENCE_TAG_MASK) - 1;
    if ((batch.allocation_address[allocation] & ~FREED) == address) {
      return &batch.address_table[slot];
    }
  }
}

static void note_address(uint64_t address, uint32_t allocation) {
  uint32_t tag = (uint32_t)(address * UINT64_C(0x9e3779b97f4a7c15)) & REFERENCE_TAG_MASK;
  *address_slot(address) = tag | (allocation + 1);
  batch.addresses_used = true;
}

/* The live allocation of the batch at `address`, if it is in the address table; else NONE. */
static uint32_t allocation_at(uint64_t address) {
  if (!batch.addresses_used) return NONE;
  uint32_t reference = *address_slot(address);
  if (reference == 0) return NONE;
  uint32_t allocation = (reference & ~REFERENCE_TAG_MASK) - 1;
  return batch.allocation_address[allocation] == address ? allocation : NONE;
}

static uint32_t find_site(uint32_t stack, uint64_t size) {
  uint64_t hash = (size * UINT64_C(0x9e3779b97f4a7c15)) ^ (stack * UINT64_C(0xbf58476d1ce4e5b9));
  hash = (hash ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);
  uint32_t slot = (uint32_t)(hash >> (64 - TABLE_BITS));
  for (;; slot = (slot + 1) & (TABLE_SLOTS - 1)) {
    uint32_t reference = batch.site_table[slot];
    if (reference == 0) break;
    struct site *site = &batch.sites[reference - 1];
    if (site->stack == stack && site->size == size) return reference - 1;
  }
  batch.sites[batch.site_count] = (struct site){size, stack, slot};
  batch.site_table[slot] = ++batch.site_count;
  return batch.site_count - 1;
}

/* Empties the tables as far as the last batch filled them. */
static void clear_tables(void) {
  for (uint32_t i = 0; i < batch.site_count; i++) batch.site_table[batch.sites[i].slot] = 0;
  if (batch.addresses_used) memset(batch.address_table, 0, TABLE_SLOTS * sizeof(uint32_t));
  batch.addresses_used = false;
  batch.site_count = 0;
}

/* MARK: First pass: words to operations */

static void add_operation(struct lane *lane, uint8_t operation) {
  batch.operations[batch.operation_count++] = operation;
  lane->facts.events++;
}

static void add_own_release(struct lane *lane, uint32_t allocation) {
  batch.allocation_address[allocation] |= FREED;
  uint32_t age = batch.allocation_count - allocation;
  uint32_t index = allocation - lane->first_allocation;
  if (age <= MT_OP_AGE_LIMIT) {
    add_operation(lane, (uint8_t)(MT_OP_AGE_FIRST + age - 1));
  } else {
    add_operation(lane, MT_OP_RELEASE_FAR);
    batch.fars_end =
        mt_put_signed(batch.fars_end, (int64_t)index - (int64_t)lane->last_released);
    lane->facts.far_releases++;
  }
  lane->last_released = index;
}

static void add_open_release(struct lane *lane, uint64_t address, uint32_t thread,
                             uint32_t sequence) {
  batch.releases[batch.release_count++] =
      (struct release){address, batch.operation_count, thread, sequence, NONE};
  add_operation(lane, MT_OP_RELEASE_ADDRESS);
}

static uint32_t lane_of_allocation(uint32_t allocation) {
  uint32_t lane = 0;
  while (allocation - batch.lanes[lane].first_allocation >= batch.lanes[lane].facts.allocations) {
    lane++;
  }
  return lane;
}

/* `release` ends `allocation` of another lane. */
static void cross(struct release *release, uint32_t allocation) {
  batch.allocation_address[allocation] |= FREED;
  batch.operations[release->operation] = MT_OP_RELEASE_CROSS;
  release->thread = 0;
  release->lane = lane_of_allocation(allocation);
  release->sequence = allocation - batch.lanes[release->lane].first_allocation;
}

/* The lane's allocation with these sequence bits, if it is live and at `address`; else NONE. */
static uint32_t own_allocation(const struct lane *lane, uint32_t sequence, uint64_t address) {
  uint32_t index = (sequence - lane->facts.first_sequence) & SEQUENCE_MASK;
  if (index >= lane->facts.allocations) return NONE;
  uint32_t allocation = lane->first_allocation + index;
  return batch.allocation_address[allocation] == address ? allocation : NONE;
}

static void add_release(struct lane *lane, uint64_t address, uint32_t age) {
  lane->last_release = address;
  uint32_t allocation;
  if (age != 0) {
    uint32_t sequence = lane->facts.first_sequence + lane->facts.allocations - age;
    allocation = age <= lane->facts.allocations ? own_allocation(lane, sequence, address) : NONE;
  } else {
    allocation = allocation_at(address);
  }
  if (allocation == NONE) {
    add_open_release(lane, address, 0, 0);
  } else if (allocation >= lane->first_allocation) {
    add_own_release(lane, allocation);
  } else {
    add_open_release(lane, address, 0, 0);
    cross(&batch.releases[batch.release_count - 1], allocation);
  }
}

static void add_release_of(struct lane *lane, uint64_t address, uint64_t reference) {
  lane->last_release = address;
  uint32_t thread = (uint32_t)(reference >> 32);
  uint32_t sequence = (uint32_t)reference & SEQUENCE_MASK;
  if (thread == lane->facts.thread) {
    uint32_t allocation = own_allocation(lane, sequence, address);
    if (allocation != NONE) {
      add_own_release(lane, allocation);
      return;
    }
    thread = 0;
  }
  add_open_release(lane, address, thread, sequence);
}

static void add_allocation(struct lane *lane, uint64_t word, uint32_t stack, uint64_t size) {
  uint64_t address = word & ADDRESS_MASK;
  uint32_t allocation = batch.allocation_count++;
  batch.allocation_site[allocation] = find_site(stack, size);
  if ((word >> MT_RAW_DETAIL_SHIFT & MT_RAW_DETAIL_OWNED) == 0) {
    note_address(address, allocation);
  }
  batch.allocation_address[allocation] = address; /* only now: the table compares with older ones */
  lane->facts.allocations++;
  uint8_t operation = MT_OP_ALLOCATE;
  if (word >> MT_RAW_KIND_SHIFT == MT_RAW_REALLOCATE) {
    operation = address == lane->last_release ? MT_OP_REALLOCATE_IN_PLACE : MT_OP_REALLOCATE_MOVED;
  }
  add_operation(lane, operation);
}

static void add_special(struct lane *lane, const void *record, uint32_t bytes) {
  memcpy(batch.specials + batch.special_bytes, record, bytes);
  batch.special_bytes += bytes;
  batch.special_count++;
  add_operation(lane, MT_OP_SPECIAL);
}

static void add_restore(struct lane *lane, uint64_t address) {
  struct {
    struct mt_record header;
    struct mt_restore restore;
  } record = {{.type = MT_RECORD_RESTORE, .bytes = sizeof(struct mt_restore)},
              {.address = address << MT_ADDRESS_SHIFT}};
  add_special(lane, &record, sizeof record);
}

/* One word group; the words it took. */
static uint32_t add_words(struct lane *lane, const struct run *run, const uint64_t *words) {
  uint64_t address = words[0] & ADDRESS_MASK;
  switch ((enum mt_raw_kind)(words[0] >> MT_RAW_KIND_SHIFT)) {
    case MT_RAW_ALLOCATE:
    case MT_RAW_REALLOCATE: {
      bool large = (uint32_t)words[1] == MT_RAW_SIZE_LARGE;
      add_allocation(lane, words[0], (uint32_t)(words[1] >> 32),
                     large ? words[2] : (uint32_t)words[1]);
      return large ? 3 : 2;
    }
    case MT_RAW_RELEASE:
      add_release(lane, address,
                  (uint32_t)(words[0] >> MT_RAW_DETAIL_SHIFT) & ((1u << MT_RAW_DETAIL_BITS) - 1));
      return 1;
    case MT_RAW_RELEASE_OF:
      add_release_of(lane, address, words[1]);
      return 2;
    case MT_RAW_REALLOC_FAILED:
      add_restore(lane, address);
      return 1;
    case MT_RAW_TIME:
      batch.times[batch.time_count++] =
          (struct time_entry){run->events, words[0] & ((UINT64_C(1) << MT_RAW_KIND_SHIFT) - 1)};
      return 1;
    case MT_RAW_NODE:
      batch.nodes[batch.node_count++] =
          (struct node){words[1], (uint32_t)words[0], (uint32_t)words[2]};
      return 3;
    case MT_RAW_RECORD:
      keep_records(words + 1, (uint32_t)words[0]);
      return 1 + ((uint32_t)words[0] + 7) / 8;
    case MT_RAW_SPECIAL:
      add_special(lane, words + 1, (uint32_t)words[0]);
      return 1 + ((uint32_t)words[0] + 7) / 8;
    case MT_RAW_PAD:
    case MT_RAW_LANE:
      return 1;
  }
  return 1;
}

static void read_lane(struct lane *lane) {
  lane->first_operation = batch.operation_count;
  lane->first_allocation = batch.allocation_count;
  lane->first_release = batch.release_count;
  uint32_t until_yield = YIELD_WORDS;
  for (uint32_t index = lane->first_run; index != NONE; index = batch.runs[index].next) {
    struct run *run = &batch.runs[index];
    run->first_time = batch.time_count;
    run->first_special = batch.special_bytes;
    uint32_t events_before = lane->facts.events;
    for (uint32_t at = 0; at < run->count;) {
      uint32_t taken = add_words(lane, run, run->words + at);
      run->events = lane->facts.events - events_before;
      at += taken;
      if (taken >= until_yield) {
        batch.yield();
        until_yield = YIELD_WORDS;
      } else {
        until_yield -= taken;
      }
    }
    run->times = batch.time_count - run->first_time;
    run->special_bytes = batch.special_bytes - run->first_special;
  }
  struct slot_progress *progress = &batch.progress[lane->slot];
  if (progress->thread == lane->facts.thread) { /* else the slot has gone to another since */
    progress->sequence = lane->facts.first_sequence + lane->facts.allocations;
  }
}

/* MARK: Second pass: releases across lanes */

static uint32_t lane_of_thread(uint32_t thread) {
  uint32_t lane = batch.lane_of_thread[thread % RUNS_MAX];
  return lane < batch.lane_count && batch.lanes[lane].facts.thread == thread ? lane : NONE;
}

/* The sequence that `thread`'s next allocation will have; false if it has no slot any more. */
static bool next_sequence(uint32_t thread, uint32_t *sequence) {
  uint32_t slots = mt_trace_file.ring_slots;
  for (uint32_t slot = 0; slot < slots; slot++) {
    if (batch.progress[slot].thread != thread) continue;
    *sequence = batch.progress[slot].sequence;
    return true;
  }
  return false;
}

static void resolve_release(struct release *release) {
  if (release->thread == 0) return; /* by address, or resolved */
  uint32_t target = lane_of_thread(release->thread);
  if (target != NONE) {
    uint32_t allocation =
        own_allocation(&batch.lanes[target], release->sequence, release->address);
    if (allocation != NONE) {
      cross(release, allocation);
      return;
    }
  }
  uint32_t next;
  if (!next_sequence(release->thread, &next)) return;
  uint32_t ahead = (release->sequence - next) & SEQUENCE_MASK;
  if (ahead >= EARLY_WINDOW) return;
  batch.operations[release->operation] = MT_OP_RELEASE_EARLY;
  release->sequence = next + ahead;
}

/* MARK: Writing the columns */

static uint8_t *write_sites(uint8_t *cursor) {
  unsigned planes = batch.site_count <= 256 ? 1 : batch.site_count <= 65536 ? 2 : 3;
  for (unsigned plane = 0; plane < planes; plane++) {
    for (uint32_t i = 0; i < batch.allocation_count; i++) {
      *cursor++ = (uint8_t)(batch.allocation_site[i] >> (8 * plane));
    }
  }
  return cursor;
}

static uint8_t *write_survivors(uint8_t *cursor) {
  for (uint32_t i = 0; i < batch.lane_count; i++) {
    struct lane *lane = &batch.lanes[i];
    uint64_t previous = 0;
    const uint64_t *address = batch.allocation_address + lane->first_allocation;
    for (uint32_t left = lane->facts.allocations; left > 0; left--, address++) {
      if ((*address & FREED) != 0) continue;
      cursor = mt_put_signed(cursor, (int64_t)(*address - previous));
      previous = *address;
      lane->facts.survivors++;
    }
  }
  return cursor;
}

/* The release columns differ in what they take of a release: one pass for each. */
static uint8_t *write_releases(uint8_t *cursor, enum mt_op which) {
  for (uint32_t i = 0; i < batch.lane_count; i++) {
    struct lane *lane = &batch.lanes[i];
    uint32_t end = i + 1 < batch.lane_count ? lane[1].first_release : batch.release_count;
    uint64_t previous = 0;
    for (uint32_t j = lane->first_release; j < end; j++) {
      const struct release *release = &batch.releases[j];
      if (batch.operations[release->operation] != which) continue;
      if (which == MT_OP_RELEASE_ADDRESS) {
        cursor = mt_put_signed(cursor, (int64_t)(release->address - previous));
        previous = release->address;
        lane->facts.address_releases++;
      } else if (which == MT_OP_RELEASE_CROSS) {
        cursor = mt_put_unsigned(cursor, release->lane);
        cursor = mt_put_unsigned(cursor, release->sequence);
        lane->facts.crossings++;
      } else {
        cursor = mt_put_unsigned(cursor, release->thread);
        cursor = mt_put_unsigned(cursor, release->sequence);
        cursor = mt_put_unsigned(cursor, release->address);
        lane->facts.crossings++;
      }
    }
  }
  return cursor;
}

static uint8_t *write_site_stacks(uint8_t *cursor) {
  uint32_t previous = 0;
  for (uint32_t i = 0; i < batch.site_count; i++) {
    cursor = mt_put_signed(cursor, (int64_t)batch.sites[i].stack - (int64_t)previous);
    previous = batch.sites[i].stack;
  }
  return cursor;
}

static uint8_t *write_site_sizes(uint8_t *cursor) {
  for (uint32_t i = 0; i < batch.site_count; i++) {
    cursor = mt_put_unsigned(cursor, batch.sites[i].size);
  }
  return cursor;
}

static uint8_t *write_order(uint8_t *cursor) {
  if (batch.lane_count < 2) return cursor;
  for (uint32_t i = 0; i < batch.run_count; i++) {
    if (batch.runs[i].events == 0) continue;
    cursor = mt_put_unsigned(cursor, batch.runs[i].lane);
    cursor = mt_put_unsigned(cursor, batch.runs[i].events);
  }
  return cursor;
}

/* Runs are in merged order; their times may overlap, so a time earlier than the last is left out. */
static uint8_t *write_times(uint8_t *cursor, struct mt_events_header *header) {
  header->first_time_ns = batch.time_ns;
  bool first = true;
  uint64_t events_before = 0, last_event = 0;
  for (uint32_t i = 0; i < batch.run_count; i++) {
    const struct run *run = &batch.runs[i];
    for (uint32_t j = 0; j < run->times; j++) {
      const struct time_entry *entry = &batch.times[run->first_time + j];
      uint64_t event = events_before + entry->event;
      if (entry->time_ns < batch.time_ns) continue;
      if (first && event == 0) {
        header->first_time_ns = batch.time_ns = entry->time_ns;
      } else {
        uint64_t units = (entry->time_ns - batch.time_ns) >> MT_TIME_SHIFT;
        if (units == 0) continue;
        cursor = mt_put_unsigned(cursor, event - last_event);
        cursor = mt_put_unsigned(cursor, units);
        batch.time_ns += units << MT_TIME_SHIFT;
        last_event = event;
      }
      first = false;
    }
    events_before += run->events;
  }
  header->last_time_ns = batch.time_ns;
  return cursor;
}

static uint8_t *write_specials(uint8_t *cursor) {
  for (uint32_t i = 0; i < batch.run_count; i++) {
    const struct run *run = &batch.runs[i];
    memcpy(cursor, batch.specials + run->first_special, run->special_bytes);
    cursor += run->special_bytes;
  }
  return cursor;
}

static void write_events(void) {
  struct mt_events_header header = {
      .batch = batch.number,
      .lanes = batch.lane_count,
      .sites = batch.site_count,
      .events = batch.operation_count,
      .specials = batch.special_count,
      .fars_bytes = (uint32_t)(batch.fars_end - batch.fars),
  };
  uint8_t *lanes = batch.payload + sizeof header;
  uint8_t *cursor = lanes + batch.lane_count * sizeof(struct mt_lane);
  memcpy(cursor, batch.operations, batch.operation_count);
  cursor += batch.operation_count;
  memcpy(cursor, batch.fars, header.fars_bytes);
  cursor += header.fars_bytes;
  cursor = write_sites(cursor);
  batch.yield();
  uint8_t *start = cursor;
  cursor = write_survivors(start);
  header.survivors_bytes = (uint32_t)(cursor - start);
  batch.yield();
  cursor = write_releases(start = cursor, MT_OP_RELEASE_ADDRESS);
  header.releases_bytes = (uint32_t)(cursor - start);
  cursor = write_releases(start = cursor, MT_OP_RELEASE_CROSS);
  header.crossings_bytes = (uint32_t)(cursor - start);
  cursor = write_releases(start = cursor, MT_OP_RELEASE_EARLY);
  header.earlies_bytes = (uint32_t)(cursor - start);
  batch.yield();
  cursor = write_site_stacks(start = cursor);
  header.site_stacks_bytes = (uint32_t)(cursor - start);
  cursor = write_site_sizes(start = cursor);
  header.site_sizes_bytes = (uint32_t)(cursor - start);
  cursor = write_order(start = cursor);
  header.order_bytes = (uint32_t)(cursor - start);
  cursor = write_times(start = cursor, &header);
  header.times_bytes = (uint32_t)(cursor - start);
  cursor = write_specials(start = cursor);
  header.specials_bytes = (uint32_t)(cursor - start);
  memcpy(batch.payload, &header, sizeof header);
  for (uint32_t i = 0; i < batch.lane_count; i++) {
    memcpy(lanes + i * sizeof(struct mt_lane), &batch.lanes[i].facts, sizeof(struct mt_lane));
  }
  mt_compress_append(MT_CHUNK_EVENTS, batch.payload, (size_t)(cursor - batch.payload),
                     batch.yield);
}

void mt_batch_append(const uint64_t *words, uint64_t count, uint64_t number, mt_yield yield) {
  batch.number = number;
  batch.yield = yield;
  batch.run_count = batch.lane_count = batch.operation_count = batch.allocation_count = 0;
  batch.release_count = batch.time_count = batch.node_count = 0;
  batch.special_count = batch.special_bytes = 0;
  batch.fars_end = batch.fars;
  clear_tables();

  find_lanes(words, count);
  for (uint32_t i = 0; i < batch.lane_count; i++) read_lane(&batch.lanes[i]);
  for (uint32_t i = 0; i < batch.release_count; i++) resolve_release(&batch.releases[i]);
  write_nodes();
  mt_batch_flush_records();
  write_events();
}
