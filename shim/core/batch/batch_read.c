/*
 * batch_read.c: from raw words to operations. Lane after lane, a first pass turns words into
 * operations, finds the sites of allocations and resolves the releases of the lane's own blocks; a
 * second resolves releases across lanes. The address table is needed only for blocks whose release
 * does not name its allocation: those of a process's single-threaded life. Over 400 lines, because
 * both passes are inlined into one loop over the words.
 */
#include <string.h>

#include "base/leb128.h"
#include "batch/batch_parts.h"
#include "batch/batch_tables.h"

#define YIELD_WORDS 8192u
#define SEQUENCE_MASK ((1u << MT_RAW_SEQUENCE_BITS) - 1)
/* An allocation that is not in the file yet is in the other staging or in its thread's ring. */
#define EARLY_WINDOW (MT_BATCH_ALLOCATIONS(MT_BATCH_WORDS_MAX) + (uint32_t)MT_RING_WORDS_MAX)
#define ADDRESS_MASK ((UINT64_C(1) << MT_RAW_ADDRESS_BITS) - 1)

/* MARK: Which words belong to which lane */

/* A thread's place in `lane_of_thread`, whose length is a power of two. */
static uint32_t place_of(uint32_t thread) {
  return thread & (MT_BATCH_RUNS(mt_batch.words_max) - 1);
}

/* The latest lane whose thread has this place in `lane_of_thread`, or MT_BATCH_NONE. What an
 * earlier batch left there is no lane of this one, or one that belongs elsewhere. */
static uint32_t latest_lane_at(uint32_t place) {
  uint32_t lane = mt_batch.lane_of_thread[place];
  bool belongs = lane < mt_batch.lane_count && place_of(mt_batch.lanes[lane].facts.thread) == place;
  return belongs ? lane : MT_BATCH_NONE;
}

/* The lane of `thread` in this batch, or MT_BATCH_NONE. */
static uint32_t lane_of(uint32_t thread) {
  uint32_t lane = latest_lane_at(place_of(thread));
  while (lane != MT_BATCH_NONE && mt_batch.lanes[lane].facts.thread != thread) {
    lane = mt_batch.lanes[lane].next;
  }
  return lane;
}

static uint32_t lane_for(uint32_t slot, uint32_t thread) {
  uint32_t known = lane_of(thread);
  if (known != MT_BATCH_NONE) return known;
  uint32_t place = place_of(thread);
  uint32_t next = latest_lane_at(place);
  uint32_t index = mt_batch.lane_of_thread[place] = mt_batch.lane_count++;
  struct mt_batch_lane *lane = &mt_batch.lanes[index];
  memset(lane, 0, sizeof *lane);
  lane->next = next;
  struct mt_batch_slot_progress *progress = &mt_batch.progress[slot];
  if (slot >= mt_batch.progress_slots) mt_batch.progress_slots = slot + 1;
  if (progress->thread != thread) *progress = (struct mt_batch_slot_progress){.thread = thread};
  lane->facts.thread = thread;
  lane->facts.first_sequence = progress->sequence;
  lane->slot = slot;
  lane->first_run = lane->last_run = MT_BATCH_NONE;
  return index;
}

static void find_lanes(const uint64_t *words, uint64_t count) {
  uint64_t at = 0;
  while (at + 3 <= count) {
    uint32_t slot = (uint32_t)(words[at] >> 32) & (MT_RING_SLOTS_MAX - 1);
    uint32_t run_words = (uint32_t)words[at + 2];
    if (run_words > count - at - 3) break;
    uint32_t index = mt_batch.run_count++;
    struct mt_batch_run *run = &mt_batch.runs[index];
    *run =
        (struct mt_batch_run){.words = words + at + 3, .count = run_words, .next = MT_BATCH_NONE};
    run->lane = lane_for(slot, (uint32_t)words[at]);
    struct mt_batch_lane *lane = &mt_batch.lanes[run->lane];
    if (lane->first_run == MT_BATCH_NONE) {
      lane->first_run = index;
    } else {
      mt_batch.runs[lane->last_run].next = index;
    }
    lane->last_run = index;
    at += 3 + run_words;
  }
}

/* MARK: First pass: words to operations */

/* For what takes a pointer to a reading: called, it would force the reading into memory. */
#define INLINE static inline __attribute__((always_inline))

/*
 * Where the reading of a lane stands. It lives in registers: nothing but a copy of it is ever
 * handed to a function, because every byte stored through `operation` could otherwise be part of
 * it.
 */
struct reading {
  uint8_t *operation;     /* where the next one goes */
  uint32_t allocation;    /* number of the next one */
  uint32_t first;         /* number of the lane's first */
  uint32_t last_released; /* index in the lane of the own allocation released last */
  uint64_t last_release;  /* address >> shift, for realloc in place */
  uint64_t *addresses;    /* mt_batch.allocation_address */
  uint32_t *sites;        /* mt_batch.allocation_site */
  struct mt_batch_lane *lane;
};

INLINE void add_operation(struct reading *at, uint8_t operation) { *at->operation++ = operation; }

INLINE void add_open_release(struct reading *at, uint64_t address, uint32_t thread,
                             uint32_t sequence) {
  uint32_t operation = (uint32_t)(at->operation - mt_batch.operations);
  mt_batch.releases[mt_batch.release_count++] =
      (struct mt_batch_release){address, operation, thread, sequence, MT_BATCH_NONE};
  add_operation(at, MT_OP_RELEASE_ADDRESS);
}

INLINE void add_own_release(struct reading *at, uint32_t allocation) {
  at->addresses[allocation] |= MT_BATCH_FREED;
  uint32_t age = at->allocation - allocation;
  uint32_t index = allocation - at->first;
  if (mt_likely(age <= MT_OP_AGE_LIMIT)) {
    add_operation(at, (uint8_t)(MT_OP_AGE_FIRST + age - 1));
  } else {
    add_operation(at, MT_OP_RELEASE_FAR);
    mt_batch.fars_end =
        mt_put_signed(mt_batch.fars_end, (int64_t)index - (int64_t)at->last_released);
    at->lane->facts.far_releases++;
  }
  at->last_released = index;
}

static uint32_t lane_of_allocation(uint32_t allocation) {
  uint32_t lane = 0;
  while (allocation - mt_batch.lanes[lane].first_allocation >=
         mt_batch.lanes[lane].facts.allocations) {
    lane++;
  }
  return lane;
}

/* `release`, of another lane, ends `allocation` of this one. */
static inline void cross(struct mt_batch_release *release, uint32_t lane, uint32_t allocation) {
  mt_batch.allocation_address[allocation] |= MT_BATCH_FREED;
  mt_batch.operations[release->operation] = MT_OP_RELEASE_CROSS;
  mt_batch.cross_count++;
  release->thread = 0;
  release->lane = lane;
  release->sequence = allocation - mt_batch.lanes[lane].first_allocation;
}

INLINE void add_release(struct reading *at, uint64_t address, uint32_t age) {
  at->last_release = address;
  uint32_t allocation;
  if (age == 0) {
    allocation = mt_batch_find_block(address);
  } else {
    allocation = age <= at->allocation - at->first ? at->allocation - age : MT_BATCH_NONE;
  }
  if (allocation == MT_BATCH_NONE || at->addresses[allocation] != address) {
    add_open_release(at, address, 0, 0);
  } else if (mt_likely(allocation >= at->first)) {
    add_own_release(at, allocation);
  } else {
    add_open_release(at, address, 0, 0);
    cross(&mt_batch.releases[mt_batch.release_count - 1], lane_of_allocation(allocation),
          allocation);
  }
}

INLINE void add_release_of(struct reading *at, uint64_t address, uint64_t reference) {
  at->last_release = address;
  uint32_t thread = (uint32_t)(reference >> 32);
  uint32_t sequence = (uint32_t)reference & SEQUENCE_MASK;
  if (thread == at->lane->facts.thread) {
    uint32_t index = (sequence - at->lane->facts.first_sequence) & SEQUENCE_MASK;
    if (index < at->allocation - at->first && at->addresses[at->first + index] == address) {
      add_own_release(at, at->first + index);
      return;
    }
    thread = 0;
  }
  add_open_release(at, address, thread, sequence);
}

INLINE void add_allocation(struct reading *at, uint64_t word, uint64_t address, uint32_t stack,
                           uint64_t size) {
  at->sites[at->allocation] = mt_batch_site_number(stack, size);
  at->addresses[at->allocation] = address;
  bool is_named = (word >> MT_RAW_DETAIL_SHIFT & MT_RAW_DETAIL_OWNED) != 0;
  if (!is_named && address <= ADDRESS_MASK) { /* the table has no room for larger ones */
    mt_batch_set_block(address, at->allocation);
  }
  at->allocation++;
  uint8_t operation = MT_OP_ALLOCATE;
  if (word >> MT_RAW_KIND_SHIFT == MT_RAW_REALLOCATE) {
    operation = address == at->last_release ? MT_OP_REALLOCATE_IN_PLACE : MT_OP_REALLOCATE_MOVED;
  }
  add_operation(at, operation);
}

static uint8_t *add_special(uint8_t *operation, const void *record, uint32_t bytes) {
  memcpy(mt_batch.specials + mt_batch.special_bytes, record, bytes);
  mt_batch.special_bytes += bytes;
  mt_batch.special_count++;
  *operation = MT_OP_SPECIAL;
  return operation + 1;
}

static uint8_t *add_restore(uint8_t *operation, uint64_t address) {
  struct {
    struct mt_record header;
    struct mt_restore restore;
  } record = {{.type = MT_RECORD_RESTORE, .bytes = sizeof(struct mt_restore)},
              {.address = address << MT_ADDRESS_SHIFT}};
  return add_special(operation, &record, sizeof record);
}

/* An event after its prefix, which gives its address the upper bits. Of another space there are
 * none. */
static __attribute__((noinline)) struct reading read_far(struct reading at, const uint64_t *words,
                                                         const uint64_t **next) {
  uint64_t word = words[1];
  uint64_t address = (words[0] >> 32 & 0xffff) << MT_RAW_ADDRESS_BITS | (word & ADDRESS_MASK);
  *next = words + 2;
  switch ((enum mt_raw_kind)(word >> MT_RAW_KIND_SHIFT)) {
    case MT_RAW_ALLOCATE:
    case MT_RAW_REALLOCATE: {
      uint64_t size = (uint32_t)words[2];
      *next = words + 3;
      if (size == MT_RAW_SIZE_LARGE) size = *(*next)++;
      add_allocation(&at, word, address, (uint32_t)(words[2] >> 32), size);
      break;
    }
    case MT_RAW_RELEASE:
      add_release(&at, address, 0);
      break;
    case MT_RAW_REALLOC_FAILED:
      at.operation = add_restore(at.operation, address);
      break;
    default:
      break;
  }
  return at;
}

/* All word groups but allocations and releases; `run_start` is where the run's operations begin. */
static __attribute__((noinline)) const uint64_t *read_rare(const uint64_t *words,
                                                           const uint8_t *run_start,
                                                           uint8_t **operation) {
  switch ((enum mt_raw_kind)(words[0] >> MT_RAW_KIND_SHIFT)) {
    case MT_RAW_REALLOC_FAILED:
      *operation = add_restore(*operation, words[0] & ADDRESS_MASK);
      return words + 1;
    case MT_RAW_TIME:
      mt_batch.times[mt_batch.time_count++] = (struct mt_batch_time_entry){
          .event = (uint32_t)(*operation - run_start),
          .time_ns = words[0] & ((UINT64_C(1) << MT_RAW_KIND_SHIFT) - 1)};
      return words + 1;
    case MT_RAW_NODE:
      mt_batch.nodes[mt_batch.node_count++] =
          (struct mt_batch_node){words[1], (uint32_t)words[0], (uint32_t)words[2]};
      return words + 3;
    case MT_RAW_RECORD:
      mt_batch_keep_records(words + 1, (uint32_t)words[0]);
      return words + 1 + ((uint32_t)words[0] + 7) / 8;
    case MT_RAW_OTHER:
      if ((words[0] >> MT_RAW_DETAIL_SHIFT & ((1u << MT_RAW_DETAIL_BITS) - 1)) ==
          MT_RAW_OTHER_MAPPING) {
        memcpy(mt_batch.mappings + mt_batch.mapping_bytes, words + 1, sizeof(struct mt_mapping));
        mt_batch.mapping_bytes += (uint32_t)sizeof(struct mt_mapping);
        *(*operation)++ = MT_OP_MAPPING;
      }
      return words + 1 + (uint32_t)words[0];
    case MT_RAW_SPECIAL:
      if (mt_batch.time_count > 0) { /* a special event comes with its time */
        struct mt_batch_time_entry *entry = &mt_batch.times[mt_batch.time_count - 1];
        entry->parts = entry->event == (uint32_t)(*operation - run_start);
      }
      *operation = add_special(*operation, words + 1, (uint32_t)words[0]);
      return words + 1 + ((uint32_t)words[0] + 7) / 8;
    default:
      return words + 1;
  }
}

static inline struct reading read_run(struct reading at, struct mt_batch_run *run) {
  uint8_t *const run_start = at.operation;
  const uint64_t *words = run->words, *const end = words + run->count;
  run->first_time = mt_batch.time_count;
  run->first_special = mt_batch.special_bytes;
  run->first_mapping = mt_batch.mapping_bytes;
  while (words < end) {
    uint64_t word = words[0], address = word & ADDRESS_MASK;
    switch ((enum mt_raw_kind)(word >> MT_RAW_KIND_SHIFT)) {
      case MT_RAW_ALLOCATE:
      case MT_RAW_REALLOCATE: {
        uint64_t size = (uint32_t)words[1], stack = words[1] >> 32;
        words += 2;
        if (mt_unlikely(size == MT_RAW_SIZE_LARGE)) size = *words++;
        add_allocation(&at, word, address, (uint32_t)stack, size);
        break;
      }
      case MT_RAW_RELEASE:
        add_release(&at, address,
                    (uint32_t)(word >> MT_RAW_DETAIL_SHIFT) & ((1u << MT_RAW_DETAIL_BITS) - 1));
        words += 1;
        break;
      case MT_RAW_RELEASE_OF:
        add_release_of(&at, address, words[1]);
        words += 2;
        break;
      case MT_RAW_TURN: /* the order is that of the runs */
        words += 1;
        break;
      case MT_RAW_PREFIX:
        at = read_far(at, words, &words);
        break;
      default: {
        uint8_t *operation = at.operation;
        words = read_rare(words, run_start, &operation);
        at.operation = operation;
      }
    }
  }
  run->events = (uint32_t)(at.operation - run_start);
  run->times = mt_batch.time_count - run->first_time;
  run->special_bytes = mt_batch.special_bytes - run->first_special;
  run->mapping_bytes = mt_batch.mapping_bytes - run->first_mapping;
  return at;
}

static void read_lane(struct mt_batch_lane *lane) {
  lane->first_allocation = mt_batch.allocation_count;
  lane->first_release = mt_batch.release_count;
  struct reading at = {
      .operation = mt_batch.operations + mt_batch.operation_count,
      .allocation = lane->first_allocation,
      .first = lane->first_allocation,
      .addresses = mt_batch.allocation_address,
      .sites = mt_batch.allocation_site,
      .lane = lane,
  };
  uint32_t since_yield = 0;
  for (uint32_t index = lane->first_run; index != MT_BATCH_NONE;
       index = mt_batch.runs[index].next) {
    at = read_run(at, &mt_batch.runs[index]);
    since_yield += mt_batch.runs[index].count;
    if (since_yield < YIELD_WORDS) continue;
    mt_batch.yield();
    since_yield = 0;
  }
  lane->facts.events = (uint32_t)(at.operation - mt_batch.operations) - mt_batch.operation_count;
  lane->facts.allocations = at.allocation - lane->first_allocation;
  mt_batch.operation_count += lane->facts.events;
  mt_batch.allocation_count = at.allocation;
  struct mt_batch_slot_progress *progress = &mt_batch.progress[lane->slot];
  if (progress->thread == lane->facts.thread) { /* else the slot has gone to another since */
    progress->sequence = lane->facts.first_sequence + lane->facts.allocations;
  }
}

/* MARK: Second pass: releases across lanes */

/* The sequence that `thread`'s next allocation will have; false if it has no slot any more. */
static bool next_sequence(uint32_t thread, uint32_t *sequence) {
  for (uint32_t slot = 0; slot < mt_batch.progress_slots; slot++) {
    if (mt_batch.progress[slot].thread != thread) continue;
    *sequence = mt_batch.progress[slot].sequence;
    return true;
  }
  return false;
}

/* The lane's allocation with these sequence bits, if it is live and at `address`; else
 * MT_BATCH_NONE. */
static uint32_t own_allocation(const struct mt_batch_lane *lane, uint32_t sequence,
                               uint64_t address) {
  uint32_t index = (sequence - lane->facts.first_sequence) & SEQUENCE_MASK;
  if (index >= lane->facts.allocations) return MT_BATCH_NONE;
  uint32_t allocation = lane->first_allocation + index;
  return mt_batch.allocation_address[allocation] == address ? allocation : MT_BATCH_NONE;
}

/* `target`: the lane of the thread that the release names. */
static inline void resolve_release(struct mt_batch_release *release, uint32_t target) {
  if (mt_likely(target != MT_BATCH_NONE)) {
    uint32_t allocation =
        own_allocation(&mt_batch.lanes[target], release->sequence, release->address);
    if (mt_likely(allocation != MT_BATCH_NONE)) {
      cross(release, target, allocation);
      return;
    }
  }
  uint32_t next;
  if (!next_sequence(release->thread, &next)) return;
  uint32_t ahead = (release->sequence - next) & SEQUENCE_MASK;
  if (ahead >= EARLY_WINDOW) return;
  mt_batch.operations[release->operation] = MT_OP_RELEASE_EARLY;
  mt_batch.early_count++;
  release->sequence = next + ahead;
}

static void resolve_releases(void) {
  uint32_t thread = 0, target = MT_BATCH_NONE;
  struct mt_batch_release *end = mt_batch.releases + mt_batch.release_count;
  for (struct mt_batch_release *release = mt_batch.releases; release < end; release++) {
    if (release->thread == 0) continue; /* by address, or resolved */
    if (release->thread != thread) {    /* most name the thread that the last one named */
      thread = release->thread;
      target = lane_of(thread);
    }
    resolve_release(release, target);
  }
}

/* MARK: The whole */

void mt_batch_read(const uint64_t *words, uint64_t count) {
  mt_batch.run_count = mt_batch.lane_count = mt_batch.operation_count = mt_batch.allocation_count =
      0;
  mt_batch.release_count = mt_batch.time_count = mt_batch.node_count = 0;
  mt_batch.special_count = mt_batch.special_bytes = mt_batch.mapping_bytes = 0;
  mt_batch.cross_count = mt_batch.early_count = 0;
  mt_batch.fars_end = mt_batch.fars;
  mt_batch_tables_clear();

  find_lanes(words, count);
  for (uint32_t i = 0; i < mt_batch.lane_count; i++) read_lane(&mt_batch.lanes[i]);
  resolve_releases();
}
