/*
 * test_batch.c FILE: from raw words to chunks (batch/batch.h). Small batches, word by word: which
 * operation each becomes. Then a long random history of threads that free each other's blocks goes
 * into the trace FILE; its totals, by a plain model, are printed for whoever reads the trace.
 */
#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "batch/batch.h"
#include "expect.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "rings/words.h"

static uint64_t words[MT_STAGING_WORDS];
static uint64_t word_count, batches, run_start;

static void yield(void) {}

static void begin_trace(const char *path) {
  struct mt_session session = {.pid = 1, .root_pid = 1, .program = "batch"};
  unlink(path);
  snprintf(session.pattern, sizeof session.pattern, "%s", path);
  expect(mt_trace_file_create(&session, 0, 0, false) == 0, "%s", path);
  mt_trace_file_write_header(".no_live_file", false);
}

/* ---- Raw words, as hooks and the writer write them ---- */

static void end_run(void) {
  if (run_start != 0) words[run_start - 1] = word_count - run_start;
  run_start = 0;
}

static void begin_run(uint32_t thread) {
  end_run();
  words[word_count++] =
      (uint64_t)MT_RAW_LANE << MT_RAW_KIND_SHIFT | (uint64_t)thread << 32 | thread;
  words[word_count++] = 0;
  words[word_count++] = 0; /* its length */
  run_start = word_count;
}

static void allocate(uint64_t address, uint32_t stack, uint64_t bytes) {
  word_count += mt_put_allocation(words + word_count, MT_RAW_ALLOCATE, 0, address, stack, bytes);
}
static void allocate_named(uint64_t address, uint32_t stack, uint64_t bytes) {
  word_count += mt_put_allocation(words + word_count, MT_RAW_ALLOCATE, MT_RAW_DETAIL_OWNED, address,
                                  stack, bytes);
}
static void reallocate(uint64_t address, uint32_t stack, uint64_t bytes) {
  word_count += mt_put_allocation(words + word_count, MT_RAW_REALLOCATE, 0, address, stack, bytes);
}
static void release(uint64_t address, uint32_t age) {
  words[word_count++] = mt_first_word(MT_RAW_RELEASE, age, address);
}
static void release_of(uint64_t address, uint32_t thread, uint32_t sequence) {
  words[word_count++] = mt_first_word(MT_RAW_RELEASE_OF, 0, address);
  words[word_count++] = (uint64_t)thread << 32 | (sequence & ((1u << MT_RAW_SEQUENCE_BITS) - 1));
}

/* ---- What became of them ---- */

static struct {
  struct mt_events_header header;
  unsigned char payload[MT_EVENTS_PAYLOAD_MAX];
  const unsigned char *operations, *fars;
} batch;

/* Reads the chunk at `*offset` of the trace; moves that to the next. */
static enum mt_chunk_type read_chunk(uint64_t *offset) {
  static unsigned char stored[MT_EVENTS_PAYLOAD_MAX];
  struct mt_chunk_header chunk;
  int fd = open(mt_trace_file.path, O_RDONLY);
  bool is_there = pread(fd, &chunk, sizeof chunk, (off_t)*offset) == sizeof chunk &&
                  chunk.magic == MT_CHUNK_MAGIC && chunk.stored_bytes <= sizeof stored;
  is_there = is_there && pread(fd, stored, chunk.stored_bytes, (off_t)(*offset + sizeof chunk)) ==
                             (ssize_t)chunk.stored_bytes;
  close(fd);
  if (!is_there) return 0;
  *offset = (*offset + sizeof chunk + chunk.stored_bytes + 7) & ~UINT64_C(7);
  if (chunk.compression == MT_COMPRESSION_ZSTD)
    ZSTD_decompress(batch.payload, sizeof batch.payload, stored, chunk.stored_bytes);
  else
    memcpy(batch.payload, stored, chunk.stored_bytes);
  return chunk.type;
}

/* Appends the words gathered, and reads the events that they have become. */
static void append(void) {
  uint64_t offset = mt_trace_file.end;
  end_run();
  mt_batch_append(words, word_count, ++batches, yield);
  word_count = 0;
  while (offset < mt_trace_file.end) {
    if (read_chunk(&offset) != MT_CHUNK_EVENTS) continue;
    memcpy(&batch.header, batch.payload, sizeof batch.header);
    batch.operations =
        batch.payload + sizeof batch.header + batch.header.lanes * sizeof(struct mt_lane);
    batch.fars = batch.operations + batch.header.events;
    return;
  }
  expect(false, "batch %llu is in the trace", (unsigned long long)batches);
}

static const struct mt_lane *lane(uint32_t index) {
  return (const struct mt_lane *)(const void *)(batch.payload + sizeof batch.header) + index;
}

#define AGE(age) (MT_OP_AGE_FIRST + (age)-1)

#define expect_operations(...)                                                         \
  do {                                                                                 \
    static const unsigned char wanted_[] = {__VA_ARGS__};                              \
    expect_number(batch.header.events, sizeof wanted_);                                \
    for (unsigned at_ = 0; at_ < sizeof wanted_ && at_ < batch.header.events; at_++)   \
      expect(batch.operations[at_] == wanted_[at_], "operation %u is %u, not %u", at_, \
             batch.operations[at_], wanted_[at_]);                                     \
  } while (0)

/* ---- Small batches ---- */

static void test_one_lane(void) {
  begin_run(1);
  allocate(0x1000, 1, 100);
  allocate(0x2000, 2, 200);
  allocate(0x3000, 1, 100);
  release(0x2000, 0); /* found by its address */
  release(0x3000, 1); /* named by its age */
  release(0x1000, 2); /* a wrong name: of another block. It goes by address */
  release(0x9000, 0); /* of no block of the batch */
  release(0x1000, 0);
  reallocate(0x1000, 3, 150);
  release(0x1000, 0);
  reallocate(0x4000, 3, 250);
  append();
  expect_operations(MT_OP_ALLOCATE, MT_OP_ALLOCATE, MT_OP_ALLOCATE, AGE(2), AGE(1),
                    MT_OP_RELEASE_ADDRESS, MT_OP_RELEASE_ADDRESS, AGE(3), MT_OP_REALLOCATE_IN_PLACE,
                    AGE(1), MT_OP_REALLOCATE_MOVED);
  expect_number(batch.header.lanes, 1);
  expect_number(batch.header.sites, 4); /* of five allocations two are alike */
  expect_number(lane(0)->allocations, 5);
  expect_number(lane(0)->survivors, 1);
  expect_number(lane(0)->address_releases, 2);
  expect_number(lane(0)->first_sequence, 0);
}

/* A block as old as an age can say, and one that is older. */
static void test_far_releases(void) {
  begin_run(1);
  for (uint64_t i = 0; i <= MT_OP_AGE_LIMIT; i++) allocate(0x10000 + 16 * i, 1, 8);
  release(0x10010, 0);
  release(0x10000, 0);
  append();
  expect_number(batch.operations[MT_OP_AGE_LIMIT + 1], AGE(MT_OP_AGE_LIMIT));
  expect_number(batch.operations[MT_OP_AGE_LIMIT + 2], MT_OP_RELEASE_FAR);
  expect_number(batch.header.fars_bytes, 1);
  expect_number(batch.fars[0], 1); /* index 0 is one before index 1: -1, folded */
  expect_number(lane(0)->first_sequence, 5);
}

static void test_two_lanes(void) {
  uint32_t first = 5 + MT_OP_AGE_LIMIT + 1; /* allocations that thread 1 has made so far */
  begin_run(1);
  allocate_named(0x5000, 1, 10);
  begin_run(2);
  allocate_named(0x6000, 1, 10);
  release_of(0x5000, 1, first);     /* of this batch, another lane */
  release_of(0x6000, 2, 0);         /* its own */
  release_of(0x7000, 1, first + 1); /* of a run that comes later in this batch */
  release_of(0x8000, 1, first + 9); /* not in the trace yet */
  release_of(0x5000, 3, 7);         /* of a thread that nobody knows */
  begin_run(1);
  allocate_named(0x7000, 2, 10);
  append();
  expect_number(batch.header.lanes, 2);
  expect_operations(MT_OP_ALLOCATE, MT_OP_ALLOCATE, MT_OP_ALLOCATE, MT_OP_RELEASE_CROSS, AGE(1),
                    MT_OP_RELEASE_CROSS, MT_OP_RELEASE_EARLY, MT_OP_RELEASE_ADDRESS);
  expect_number(lane(0)->events, 2);
  expect_number(lane(0)->first_sequence, first);
  expect_number(lane(1)->crossings, 3);
  expect_number(lane(0)->survivors + lane(1)->survivors, 0);
}

/* Blocks whose addresses have more bits than a word, or whose sizes have. */
static void test_large(void) {
  uint64_t far = UINT64_C(1) << 50;
  begin_run(1);
  allocate(far, 1, UINT64_C(1) << 40);
  allocate(far + 16, 1, MT_RAW_SIZE_LARGE);
  word_count += mt_put_any(words + word_count, MT_RAW_RELEASE, far);
  append();
  expect_operations(MT_OP_ALLOCATE, MT_OP_ALLOCATE, MT_OP_RELEASE_ADDRESS);
  expect_number(batch.header.sites, 2);
  expect_number(lane(0)->survivors, 2);
}

/* Nodes and records that stood among the words come before the events, in chunks of their own. */
static void test_definitions(void) {
  struct {
    struct mt_record header;
    struct mt_thread_end end;
  } record = {{.type = MT_RECORD_THREAD_END, .bytes = sizeof record.end}, {.thread = 9}};
  uint64_t offset = mt_trace_file.end;
  begin_run(1);
  words[word_count++] = (uint64_t)MT_RAW_NODE << MT_RAW_KIND_SHIFT | 7;
  words[word_count++] = 0x401000;
  words[word_count++] = 0;
  words[word_count++] = (uint64_t)MT_RAW_RECORD << MT_RAW_KIND_SHIFT | sizeof record;
  memcpy(words + word_count, &record, sizeof record);
  word_count += sizeof record / 8;
  allocate(0xa000, 7, 1);
  append();
  expect_number(read_chunk(&offset), MT_CHUNK_STACKS);
  struct mt_stacks_header stacks;
  memcpy(&stacks, batch.payload, sizeof stacks);
  uint64_t pc;
  memcpy(&pc, batch.payload + sizeof stacks, sizeof pc);
  expect(stacks.nodes == 1 && pc == 0x401000, "the node");
  expect_number(read_chunk(&offset), MT_CHUNK_RECORDS);
  expect(memcmp(batch.payload, &record, sizeof record) == 0, "the record");
  expect_number(read_chunk(&offset), MT_CHUNK_EVENTS);
}

/* ---- A long history ---- */

enum { THREADS = 5, BLOCKS = 700, STEPS = 400000 };

static struct {
  uint64_t bytes; /* 0: free */
  uint32_t thread, sequence;
} blocks[BLOCKS];
static uint32_t sequences[THREADS + 1];

static uint64_t random_state = 20;
static uint64_t random_below(uint64_t bound) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (random_state >> 33) % bound;
}

static void test_history(const char *path) {
  uint64_t live = 0, peak = 0, allocated = 0, allocations = 0, frees = 0, left = 0;
  mt_trace_file_close();
  begin_trace(path);
  mt_batch_forget();
  batches = 0;
  uint32_t until = 0, thread = 0;
  for (uint32_t step = 0; step < STEPS; step++) {
    if (word_count + 32 > mt_batch_words_max()) append();
    if (step >= until || run_start == 0) {
      begin_run(thread = 1 + (uint32_t)random_below(THREADS));
      until = step + (uint32_t)random_below(60);
    }
    uint32_t block = (uint32_t)random_below(BLOCKS);
    uint64_t address = 0x100000 + 64 * (uint64_t)block;
    if (blocks[block].bytes == 0) {
      uint64_t bytes = 1 + random_below(40) * random_below(1000);
      allocate_named(address, 1 + (uint32_t)random_below(30), bytes);
      blocks[block].bytes = bytes;
      blocks[block].thread = thread;
      blocks[block].sequence = sequences[thread]++;
      allocations++;
      allocated += bytes;
      live += bytes;
      if (live > peak) peak = live;
      continue;
    }
    uint32_t age = sequences[thread] - blocks[block].sequence;
    if (blocks[block].thread == thread && age < 1u << MT_RAW_DETAIL_BITS && random_below(2) == 0)
      release(address, age);
    else
      release_of(address, blocks[block].thread, blocks[block].sequence);
    live -= blocks[block].bytes;
    blocks[block].bytes = 0;
    frees++;
  }
  append();
  mt_batch_flush_records();
  mt_trace_file_write_header(NULL, true);
  for (unsigned i = 0; i < BLOCKS; i++) left += blocks[i].bytes != 0;
  expect(batches > 4, "%llu batches", (unsigned long long)batches);
  printf("%llu %llu %llu %llu %llu %llu\n", (unsigned long long)allocations,
         (unsigned long long)frees, (unsigned long long)allocated, (unsigned long long)peak,
         (unsigned long long)left, (unsigned long long)live);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  begin_trace(argv[1]);
  expect(mt_batch_start() && mt_compress_start(), "working memory");
  mt_live_region.ring_slots = THREADS + 1;
  test_one_lane();
  test_far_releases();
  test_two_lanes();
  test_large();
  test_definitions();
  test_history(argv[1]);
  expect_number(mt_trace_file.error, 0);
  return expect_status();
}
