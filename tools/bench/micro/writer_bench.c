/*
 * writer_bench.c: what the writer does for an event: reading raw words into a batch, and the whole
 * way to a written chunk (columns, zstd, checksum, /dev/null). A turn is one event. The words are
 * those of a program that keeps 64 blocks and replaces one at random with every pair of events.
 */
#include <fcntl.h>

#include "base/sys.h"
#include "batch/batch.h"
#include "batch/batch_parts.h"
#include "bench.h"
#include "file/live_region.h"
#include "file/trace_file.h"

enum { PAIRS = 40000, BLOCKS = 64, SITES = 240 };

enum form {
  BY_ADDRESS, /* one thread: the writer finds the allocation */
  BY_AGE,     /* the hook has named it */
  CROSSING,   /* another thread has allocated it */
};

static uint64_t words[PAIRS * 4 + 2 * 3];
static uint64_t words_count;
static uint32_t random_state;

static uint32_t random_below(uint32_t limit) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % limit;
}

static uint64_t first_word(enum mt_raw_kind kind, uint64_t detail, uint32_t block) {
  return (uint64_t)kind << MT_RAW_KIND_SHIFT | detail << MT_RAW_DETAIL_SHIFT |
         (0x10000000u + block * 20u);
}

static void put_allocation(uint64_t **to, uint32_t block, bool owned) {
  *(*to)++ = first_word(MT_RAW_ALLOCATE, owned ? MT_RAW_DETAIL_OWNED : 0, block);
  *(*to)++ = UINT64_C(77) << 32 | (16 + random_below(SITES));
}

/* Ends the lane whose words begin at `lane`. */
static void close_lane(uint64_t *lane, const uint64_t *end, uint64_t thread) {
  lane[0] = (uint64_t)MT_RAW_LANE << MT_RAW_KIND_SHIFT | (thread - 1) << 32 | thread;
  lane[1] = 0;
  lane[2] = (uint64_t)(end - lane) - 3;
}

/* Thread 1 allocates and releases. */
static uint64_t *one_lane(uint64_t *lane, bool owned) {
  uint64_t *to = lane + 3;
  uint32_t made_at[BLOCKS] = {0};
  for (uint32_t pair = 1; pair <= PAIRS; pair++) {
    uint32_t block = random_below(BLOCKS);
    uint32_t age = pair - made_at[block];
    if (made_at[block] != 0) *to++ = first_word(MT_RAW_RELEASE, owned ? age : 0, block);
    put_allocation(&to, block, owned);
    made_at[block] = pair;
  }
  close_lane(lane, to, 1);
  return to;
}

/* Thread 1 allocates, thread 2 releases. */
static uint64_t *two_lanes(uint64_t *lane) {
  uint64_t *to = lane + 3;
  for (uint32_t pair = 0; pair < PAIRS / 2; pair++) put_allocation(&to, pair, true);
  close_lane(lane, to, 1);
  lane = to;
  to = lane + 3;
  for (uint32_t pair = 0; pair < PAIRS / 2; pair++) {
    *to++ = first_word(MT_RAW_RELEASE_OF, 0, pair);
    *to++ = UINT64_C(1) << 32 | pair;
  }
  close_lane(lane, to, 2);
  return to;
}

static void prepare(enum form form) {
  random_state = 1;
  const uint64_t *end = form == CROSSING ? two_lanes(words) : one_lane(words, form == BY_AGE);
  words_count = (uint64_t)(end - words);
}

static void nothing(void) {}

static void read_batches(long count, enum form form) {
  prepare(form);
  for (long done = 0; done < count; done += mt_batch.operation_count) {
    mt_batch_forget();
    mt_batch_read(words, words_count);
  }
}

static void write_batches(long count, enum form form) {
  prepare(form);
  for (long done = 0; done < count; done += mt_batch.operation_count) {
    mt_batch_forget();
    mt_trace_file.end = 0;
    mt_batch_append(words, words_count, 1, nothing);
  }
}

static void read_by_address(long count) { read_batches(count, BY_ADDRESS); }
static void read_by_age(long count) { read_batches(count, BY_AGE); }
static void read_crossing(long count) { read_batches(count, CROSSING); }
static void write_by_address(long count) { write_batches(count, BY_ADDRESS); }
static void write_by_age(long count) { write_batches(count, BY_AGE); }
static void write_crossing(long count) { write_batches(count, CROSSING); }

static const struct row rows[] = {
    {"read-address", "an event read, releases by address", read_by_address, 0, 4000000},
    {"read-age", "an event read, releases by age", read_by_age, 0, 4000000},
    {"read-crossing", "an event read, another thread's blocks", read_crossing, 0, 4000000},
    {"batch-address", "an event to the file, releases by address", write_by_address, 0, 4000000},
    {"batch-age", "an event to the file, releases by age", write_by_age, 0, 4000000},
    {"batch-crossing", "an event to the file, another thread's blocks", write_crossing, 0, 4000000},
};

int main(int count, char **arguments) {
  mt_trace_file.fd = (int)mt_sys_open("/dev/null", O_WRONLY, 0);
  mt_live_region.ring_slots = 2;
  mt_batch.yield = nothing;
  if (mt_trace_file.fd < 0 || !mt_batch_start() || !mt_batch_make_room(MT_BATCH_WORDS_MAX) ||
      !mt_compress_start())
    return 1;
  return RUN_ROWS(rows, count, arguments);
}
