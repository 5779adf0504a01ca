/* batch_parts.h: what the batch*.c files share: the batch at hand, in its working memory. */
#ifndef MEMTRACE_BATCH_PARTS_H
#define MEMTRACE_BATCH_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "batch/batch.h"
#include "batch/batch_tables.h"
#include "file/live_region.h"
#include "file/trace_file.h"

/* Most programs are short, and some are short of address space: they get by with a quarter. */
#define MT_BATCH_WORDS_MAX MT_STAGING_WORDS
#define MT_BATCH_WORDS_MIN (MT_BATCH_WORDS_MAX / 4)
#define MT_BATCH_ALLOCATIONS(words) ((words) / 2)
#define MT_BATCH_RUNS(words) ((words) / 4)
#define MT_BATCH_NODES(words) ((words) / 3)
#define MT_BATCH_RECORD_BYTES_MAX (256u << 10)
#define MT_BATCH_FREED (UINT64_C(1) << 63)

_Static_assert(MT_BATCH_WORDS_MAX <= MT_BATCH_EVENT_WORDS_MAX &&
                   MT_BATCH_RECORD_BYTES_MAX <= MT_RECORDS_PAYLOAD_MAX &&
                   MT_STAGING_WORDS * sizeof(uint64_t) <= MT_STAGING_BYTES_MAX &&
                   MT_RING_LARGE_STRIDE <= MT_RING_BYTES_MAX,
               "readers take what is written");
_Static_assert(MT_BATCH_WORDS_MIN >= MT_RING_WORDS_MAX + 3, "a ring fits a batch, with its lane");
_Static_assert(MT_BATCH_TABLE_ENTRIES_MAX >= MT_BATCH_ALLOCATIONS(MT_BATCH_WORDS_MAX),
               "a block's number fits its entry");

struct mt_batch_run {
  const uint64_t *words;
  uint32_t count;
  uint32_t lane;
  uint32_t next; /* of the same lane */
  uint32_t events;
  uint32_t first_time;
  uint32_t times;
  uint32_t first_special; /* offset in the specials */
  uint32_t special_bytes;
  uint32_t first_mapping; /* offset in the mappings */
  uint32_t mapping_bytes;
};

struct mt_batch_lane {
  struct mt_lane facts;
  uint32_t slot;
  uint32_t next; /* lane whose thread has the same place in `lane_of_thread`, or MT_BATCH_NONE */
  uint32_t first_run;
  uint32_t last_run;
  uint32_t first_allocation;
  uint32_t first_release; /* in `releases` */
};

/* A release that its lane alone could not resolve. */
struct mt_batch_release {
  uint64_t address; /* >> shift */
  uint32_t operation;
  uint32_t thread;   /* 0: by address */
  uint32_t sequence; /* low bits; after resolution: lane index or whole sequence */
  uint32_t lane;     /* after resolution: of the allocation */
};

struct mt_batch_time_entry {
  uint32_t event; /* in its run */
  bool parts;     /* a mark's: what stands before it is earlier, whichever thread's */
  uint64_t time_ns;
};

struct mt_batch_node {
  uint64_t pc;
  uint32_t id;
  uint32_t parent;
};

/* What a slot's thread has behind it, between batches. */
struct mt_batch_slot_progress {
  uint32_t thread;
  uint32_t sequence;
};

struct mt_batch {
  struct mt_batch_run *runs;
  struct mt_batch_lane *lanes;
  uint32_t *lane_of_thread; /* by thread modulo its length; never cleared: see lane_of */
  struct mt_batch_slot_progress progress[MT_RING_SLOTS_MAX];
  uint32_t progress_slots; /* those from here on were never written */
  uint8_t *operations;
  uint64_t
      *allocation_address; /* >> shift; MT_BATCH_FREED set when a release of the batch names it */
  uint32_t *allocation_site;
  struct mt_batch_release *releases;
  struct mt_batch_time_entry *times;
  uint8_t *specials;
  uint8_t *mappings; /* struct mt_mapping each */
  uint8_t *fars;
  struct mt_batch_node *nodes;
  uint8_t *payload;
  uint32_t words_max; /* what all of these are long enough for */
  uint8_t *records;
  uint32_t record_bytes; /* kept between batches */
  /* of the batch at hand */
  uint64_t number;
  mt_yield yield;
  uint32_t run_count, lane_count, operation_count, allocation_count, release_count, time_count,
      node_count, special_count, cross_count, early_count;
  uint32_t special_bytes;
  uint32_t mapping_bytes;
  uint8_t *fars_end;
  uint64_t time_ns; /* latest seen: times never run backwards */
};

extern MT_NEAR_DATA struct mt_batch mt_batch;

/* ---- batch_read.c ---- */

/* Reads staged words into the batch: operations, sites, open releases, nodes, records. */
void mt_batch_read(const uint64_t *words, uint64_t count);

/* ---- batch_write.c ---- */

/* Appends the chunk of the batch's stack nodes, if there are any; that of its events. */
void mt_batch_write_nodes(void);
void mt_batch_write_events(void);

/* ---- batch.c ---- */

/* Between two batches: maps working memory for batches of `words`. False, and all is as it was,
 * when it cannot be had. */
bool mt_batch_make_room(uint32_t words);

/* Adds whole records that stood among the words to those that precede the batch. */
void mt_batch_keep_records(const void *records, uint32_t bytes);

#endif
