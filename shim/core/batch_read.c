/*
 * batch_read.c: from raw words to operations. Lane after lane, a first pass turns words into
 * operations, finds the sites of allocations and resolves the releases of the lane's own blocks; a
 * second resolves releases across lanes. The address table is needed only for blocks whose release
 * does not name its allocation: those of a process's single-threaded life.
 */
#include <string.h>

#include "batch_parts.h"
#include "columns.h"

#define REFERENCE_TAG_MASK 0xfff00000u /* above the number of an allocation */
#define YIELD_WORDS 8192u
#define SEQUENCE_MASK ((1u << MT_RAW_SEQUENCE_BITS) - 1)
/* An allocation that is not in the file yet is in the other staging or in its thread's ring. */
#define EARLY_WINDOW (MT_BATCH_ALLOCATIONS_MAX + (uint32_t)MT_RING_WORDS)
#define ADDRESS_MASK ((UINT64_C(1) << MT_RAW_ADDRESS_BITS) - 1)
_Static_assert(MT_BATCH_ALLOCATIONS_MAX < ~REFERENCE_TAG_MASK, "allocations fit beside the tag");

/* MARK: Which words belong to which lane */

/* The latest lane whose thread has this place in `lane_of_thread`, or MT_BATCH_NONE. What an
 * earlier batch left there is no lane of this one, or one that belongs elsewhere. */
static uint32_t latest_lane_at(uint32_t place) {
  uint32_t lane = mt_batch.lane_of_thread[place];
  bool belongs =
      lane < mt_batch.lane_count && mt_batch.lanes[lane].facts.thread % MT_BATCH_RUNS_MAX == place;
  return belongs ? lane : MT_BATCH_NONE;
}

/* The lane of `thread` in this batch, or MT_BATCH_NONE. */
static uint32_t lane_of(uint32_t thread) {
  uint32_t lane = latest_lane_at(thread % MT_BATCH_RUNS_MAX);
  while (lane != MT_BATCH_NONE && mt_batch.lanes[lane].facts.thread != thread) {
    lane = mt_batch.lanes[lane].next;
  }
  return lane;
}

static uint32_t lane_for(uint32_t slot, uint32_t thread) {
  uint32_t known = lane_of(thread);
  if (known != MT_BATCH_NONE) return known;
  uint32_t place = thread % MT_BATCH_RUNS_MAX;
  uint32_t next = latest_lane_at(place);
  uint32_t index = mt_batch.lane_of_thread[place] = mt_batch.lane_count++;
  struct mt_batch_lane *lane = &mt_batch.lanes[index];
  memset(lane, 0, sizeof *lane);
  lane->next = next;
  struct mt_batch_slot_progress *progress = &mt_batch.progress[slot];
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

/* MARK: Blocks by address, for releases that do not name their allocation */

/*
 * Both tables below hold 32-bit references into the batch's arrays, open addressing, at most half
 * full: small enough to stay in a processor's own cache, and cheap to clear.
 */
static uint32_t *address_slot(uint64_t address) {
  uint64_t hash = address * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t tag = (uint32_t)hash & REFERENCE_TAG_MASK;
  uint32_t slot = (uint32_t)(hash >> (64 - MT_BATCH_TABLE_BITS));
  for (;; slot = (slot + 1) & (MT_BATCH_TABLE_SLOTS - 1)) {
    uint32_t reference = mt_batch.address_table[slot];
    if (reference == 0) return &mt_batch.address_table[slot];
    if ((reference & REFERENCE_TAG_MASK) != tag) continue;
    uint32_t allocation = (reference & ~REFERENCE_TAG_MASK) - 1;
    if ((mt_batch.allocation_address[allocation] & ~MT_BATCH_FREED) == address) {
      return &mt_batch.address_table[slot];
    }
  }
}

static void note_address(uint64_t address, uint32_t allocation) {
  uint32_t tag = (uint32_t)(address * UINT64_C(0x9e3779b97f4a7c15)) & REFERENCE_TAG_MASK;
  *address_slot(address) = tag | (allocation + 1);
  mt_batch.addresses_used = true;
}

/* The live allocation of the batch at `address`, if it is in the address table; else MT_BATCH_NONE.
 */
static uint32_t allocation_at(uint64_t address) {
  if (!mt_batch.addresses_used) return MT_BATCH_NONE;
  uint32_t reference = *address_slot(address);
  if (reference == 0) return MT_BATCH_NONE;
  uint32_t allocation = (reference & ~REFERENCE_TAG_MASK) - 1;
  return mt_batch.allocation_address[allocation] == address ? allocation : MT_BATCH_NONE;
}

static uint32_t find_site(uint32_t stack, uint64_t size) {
  uint64_t hash = (size * UINT64_C(0x9e3779b97f4a7c15)) ^ (stack * UINT64_C(0xbf58476d1ce4e5b9));
  hash = (hash ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);
  uint32_t slot = (uint32_t)(hash >> (64 - MT_BATCH_TABLE_BITS));
  for (;; slot = (slot + 1) & (MT_BATCH_TABLE_SLOTS - 1)) {
    uint32_t reference = mt_batch.site_table[slot];
    if (reference == 0) break;
    struct mt_batch_site *site = &mt_batch.sites[reference - 1];
    if (site->stack == stack && site->size == size) return reference - 1;
  }
  mt_batch.sites[mt_batch.site_count] = (struct mt_batch_site){size, stack, slot};
  mt_batch.site_table[slot] = ++mt_batch.site_count;
  return mt_batch.site_count - 1;
}

/* Empties the tables as far as the last batch filled them. */
static void clear_tables(void) {
  for (uint32_t i = 0; i < mt_batch.site_count; i++)
    mt_batch.site_table[mt_batch.sites[i].slot] = 0;
  if (mt_batch.addresses_used)
    memset(mt_batch.address_table, 0, MT_BATCH_TABLE_SLOTS * sizeof(uint32_t));
  mt_batch.addresses_used = false;
  mt_batch.site_count = 0;
}

/* MARK: First pass: words to operations */

static void add_operation(struct mt_batch_lane *lane, uint8_t operation) {
  mt_batch.operations[mt_batch.operation_count++] = operation;
  lane->facts.events++;
}

static void add_own_release(struct mt_batch_lane *lane, uint32_t allocation) {
  mt_batch.allocation_address[allocation] |= MT_BATCH_FREED;
  uint32_t age = mt_batch.allocation_count - allocation;
  uint32_t index = allocation - lane->first_allocation;
  if (age <= MT_OP_AGE_LIMIT) {
    add_operation(lane, (uint8_t)(MT_OP_AGE_FIRST + age - 1));
  } else {
    add_operation(lane, MT_OP_RELEASE_FAR);
    mt_batch.fars_end =
        mt_put_signed(mt_batch.fars_end, (int64_t)index - (int64_t)lane->last_released);
    lane->facts.far_releases++;
  }
  lane->last_released = index;
}

static void add_open_release(struct mt_batch_lane *lane, uint64_t address, uint32_t thread,
                             uint32_t sequence) {
  mt_batch.releases[mt_batch.release_count++] =
      (struct mt_batch_release){address, mt_batch.operation_count, thread, sequence, MT_BATCH_NONE};
  add_operation(lane, MT_OP_RELEASE_ADDRESS);
}

static uint32_t lane_of_allocation(uint32_t allocation) {
  uint32_t lane = 0;
  while (allocation - mt_batch.lanes[lane].first_allocation >=
         mt_batch.lanes[lane].facts.allocations) {
    lane++;
  }
  return lane;
}

/* `release` ends `allocation` of another lane. */
static void cross(struct mt_batch_release *release, uint32_t allocation) {
  mt_batch.allocation_address[allocation] |= MT_BATCH_FREED;
  mt_batch.operations[release->operation] = MT_OP_RELEASE_CROSS;
  release->thread = 0;
  release->lane = lane_of_allocation(allocation);
  release->sequence = allocation - mt_batch.lanes[release->lane].first_allocation;
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

static void add_release(struct mt_batch_lane *lane, uint64_t address, uint32_t age) {
  lane->last_release = address;
  uint32_t allocation;
  if (age != 0) {
    uint32_t sequence = lane->facts.first_sequence + lane->facts.allocations - age;
    allocation =
        age <= lane->facts.allocations ? own_allocation(lane, sequence, address) : MT_BATCH_NONE;
  } else {
    allocation = allocation_at(address);
  }
  if (allocation == MT_BATCH_NONE) {
    add_open_release(lane, address, 0, 0);
  } else if (allocation >= lane->first_allocation) {
    add_own_release(lane, allocation);
  } else {
    add_open_release(lane, address, 0, 0);
    cross(&mt_batch.releases[mt_batch.release_count - 1], allocation);
  }
}

static void add_release_of(struct mt_batch_lane *lane, uint64_t address, uint64_t reference) {
  lane->last_release = address;
  uint32_t thread = (uint32_t)(reference >> 32);
  uint32_t sequence = (uint32_t)reference & SEQUENCE_MASK;
  if (thread == lane->facts.thread) {
    uint32_t allocation = own_allocation(lane, sequence, address);
    if (allocation != MT_BATCH_NONE) {
      add_own_release(lane, allocation);
      return;
    }
    thread = 0;
  }
  add_open_release(lane, address, thread, sequence);
}

static void add_allocation(struct mt_batch_lane *lane, uint64_t word, uint32_t stack,
                           uint64_t size) {
  uint64_t address = word & ADDRESS_MASK;
  uint32_t allocation = mt_batch.allocation_count++;
  mt_batch.allocation_site[allocation] = find_site(stack, size);
  if ((word >> MT_RAW_DETAIL_SHIFT & MT_RAW_DETAIL_OWNED) == 0) {
    note_address(address, allocation);
  }
  mt_batch.allocation_address[allocation] =
      address; /* only now: the table compares with older ones */
  lane->facts.allocations++;
  uint8_t operation = MT_OP_ALLOCATE;
  if (word >> MT_RAW_KIND_SHIFT == MT_RAW_REALLOCATE) {
    operation = address == lane->last_release ? MT_OP_REALLOCATE_IN_PLACE : MT_OP_REALLOCATE_MOVED;
  }
  add_operation(lane, operation);
}

static void add_special(struct mt_batch_lane *lane, const void *record, uint32_t bytes) {
  memcpy(mt_batch.specials + mt_batch.special_bytes, record, bytes);
  mt_batch.special_bytes += bytes;
  mt_batch.special_count++;
  add_operation(lane, MT_OP_SPECIAL);
}

static void add_restore(struct mt_batch_lane *lane, uint64_t address) {
  struct {
    struct mt_record header;
    struct mt_restore restore;
  } record = {{.type = MT_RECORD_RESTORE, .bytes = sizeof(struct mt_restore)},
              {.address = address << MT_ADDRESS_SHIFT}};
  add_special(lane, &record, sizeof record);
}

/* One word group; the words it took. */
static uint32_t add_words(struct mt_batch_lane *lane, const struct mt_batch_run *run,
                          const uint64_t *words) {
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
      mt_batch.times[mt_batch.time_count++] = (struct mt_batch_time_entry){
          run->events, words[0] & ((UINT64_C(1) << MT_RAW_KIND_SHIFT) - 1)};
      return 1;
    case MT_RAW_NODE:
      mt_batch.nodes[mt_batch.node_count++] =
          (struct mt_batch_node){words[1], (uint32_t)words[0], (uint32_t)words[2]};
      return 3;
    case MT_RAW_RECORD:
      mt_batch_keep_records(words + 1, (uint32_t)words[0]);
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

static void read_lane(struct mt_batch_lane *lane) {
  lane->first_operation = mt_batch.operation_count;
  lane->first_allocation = mt_batch.allocation_count;
  lane->first_release = mt_batch.release_count;
  uint32_t until_yield = YIELD_WORDS;
  for (uint32_t index = lane->first_run; index != MT_BATCH_NONE;
       index = mt_batch.runs[index].next) {
    struct mt_batch_run *run = &mt_batch.runs[index];
    run->first_time = mt_batch.time_count;
    run->first_special = mt_batch.special_bytes;
    uint32_t events_before = lane->facts.events;
    for (uint32_t at = 0; at < run->count;) {
      uint32_t taken = add_words(lane, run, run->words + at);
      run->events = lane->facts.events - events_before;
      at += taken;
      if (taken >= until_yield) {
        mt_batch.yield();
        until_yield = YIELD_WORDS;
      } else {
        until_yield -= taken;
      }
    }
    run->times = mt_batch.time_count - run->first_time;
    run->special_bytes = mt_batch.special_bytes - run->first_special;
  }
  struct mt_batch_slot_progress *progress = &mt_batch.progress[lane->slot];
  if (progress->thread == lane->facts.thread) { /* else the slot has gone to another since */
    progress->sequence = lane->facts.first_sequence + lane->facts.allocations;
  }
}

/* MARK: Second pass: releases across lanes */

/* The sequence that `thread`'s next allocation will have; false if it has no slot any more. */
static bool next_sequence(uint32_t thread, uint32_t *sequence) {
  uint32_t slots = mt_trace_file.ring_slots;
  for (uint32_t slot = 0; slot < slots; slot++) {
    if (mt_batch.progress[slot].thread != thread) continue;
    *sequence = mt_batch.progress[slot].sequence;
    return true;
  }
  return false;
}

static void resolve_release(struct mt_batch_release *release) {
  if (release->thread == 0) return; /* by address, or resolved */
  uint32_t target = lane_of(release->thread);
  if (target != MT_BATCH_NONE) {
    uint32_t allocation =
        own_allocation(&mt_batch.lanes[target], release->sequence, release->address);
    if (allocation != MT_BATCH_NONE) {
      cross(release, allocation);
      return;
    }
  }
  uint32_t next;
  if (!next_sequence(release->thread, &next)) return;
  uint32_t ahead = (release->sequence - next) & SEQUENCE_MASK;
  if (ahead >= EARLY_WINDOW) return;
  mt_batch.operations[release->operation] = MT_OP_RELEASE_EARLY;
  release->sequence = next + ahead;
}

/* MARK: The whole */

void mt_batch_read(const uint64_t *words, uint64_t count) {
  mt_batch.run_count = mt_batch.lane_count = mt_batch.operation_count = mt_batch.allocation_count =
      0;
  mt_batch.release_count = mt_batch.time_count = mt_batch.node_count = 0;
  mt_batch.special_count = mt_batch.special_bytes = 0;
  mt_batch.fars_end = mt_batch.fars;
  clear_tables();

  find_lanes(words, count);
  for (uint32_t i = 0; i < mt_batch.lane_count; i++) read_lane(&mt_batch.lanes[i]);
  for (uint32_t i = 0; i < mt_batch.release_count; i++) resolve_release(&mt_batch.releases[i]);
}
