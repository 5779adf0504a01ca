/* batch.c: see batch.h. */
#include "batch/batch.h"

#include <string.h>

#include "base/sys.h"
#include "batch/batch_parts.h"

struct mt_batch mt_batch;

/* Puts the parts of the working memory for `words` behind one another from `start` on, the tables
 * last, unless it is NULL. The bytes that they take. */
static size_t place_parts(char *start, uint32_t words) {
  size_t bytes = 0;
#define PART(member, count)                                                  \
  do {                                                                       \
    if (start != NULL) mt_batch.member = (void *)(start + bytes);            \
    bytes += ((size_t)(count) * sizeof *mt_batch.member + 63) & ~(size_t)63; \
  } while (0)
  PART(runs, MT_BATCH_RUNS(words));
  PART(lanes, MT_BATCH_RUNS(words));
  PART(lane_of_thread, MT_BATCH_RUNS(words));
  PART(operations, words);
  PART(allocation_address, MT_BATCH_ALLOCATIONS(words));
  PART(allocation_site, MT_BATCH_ALLOCATIONS(words));
  PART(releases, words);
  PART(times, words);
  PART(specials, words * sizeof(uint64_t));
  PART(mappings, words * sizeof(uint64_t));
  PART(fars, words * 5);
  PART(nodes, MT_BATCH_NODES(words));
  PART(payload, words * 24 + sizeof(struct mt_events_header));
#undef PART
  return bytes +
         mt_batch_tables_place(start == NULL ? NULL : start + bytes, MT_BATCH_ALLOCATIONS(words));
}

static char *memory; /* what the parts are in */
static size_t memory_bytes;

bool mt_batch_make_room(uint32_t words) {
  if (words <= mt_batch.words_max) return true;
  size_t bytes = place_parts(NULL, words);
  char *larger = mt_sys_map_private(bytes);
  if (larger == NULL) return false;
  place_parts(larger, words);
  mt_batch_give_back();
  memory = larger;
  memory_bytes = bytes;
  mt_store_release(&mt_batch.words_max, words); /* a child may be forked here */
  return true;
}

void mt_batch_give_back(void) {
  if (memory != NULL) mt_sys_advise(memory, memory_bytes, MADV_DONTNEED);
}

bool mt_batch_start(void) {
  mt_batch.records = mt_sys_map_private(MT_BATCH_RECORD_BYTES_MAX);
  return mt_batch.records != NULL && mt_batch_make_room(MT_BATCH_WORDS_MIN);
}

uint32_t mt_batch_words_max(void) { return mt_batch.words_max; }

void mt_batch_forget(void) {
  memset(mt_batch.progress, 0, mt_batch.progress_slots * sizeof *mt_batch.progress);
  mt_batch.progress_slots = 0;
  mt_batch.record_bytes = 0;
  mt_batch.time_ns = 0;
}

/* MARK: Records */

void mt_batch_add_record(enum mt_record_type type, const void *content, uint32_t bytes) {
  uint32_t padded = (bytes + 7) & ~7u;
  if (mt_batch.record_bytes + sizeof(struct mt_record) + padded > MT_BATCH_RECORD_BYTES_MAX) {
    mt_batch_flush_records();
  }
  struct mt_record header = {.type = (uint16_t)type, .bytes = bytes};
  uint8_t *to = mt_batch.records + mt_batch.record_bytes;
  memcpy(to, &header, sizeof header);
  memcpy(to + sizeof header, content, bytes);
  memset(to + sizeof header + bytes, 0, padded - bytes);
  mt_batch.record_bytes += (uint32_t)sizeof header + padded;
}

void mt_batch_flush_records(void) {
  if (mt_batch.record_bytes == 0) return;
  mt_trace_file_append(MT_CHUNK_RECORDS, mt_batch.records, mt_batch.record_bytes);
  mt_batch.record_bytes = 0;
}

void mt_batch_keep_records(const void *records, uint32_t bytes) {
  if (mt_batch.record_bytes + bytes > MT_BATCH_RECORD_BYTES_MAX) mt_batch_flush_records();
  memcpy(mt_batch.records + mt_batch.record_bytes, records, bytes);
  mt_batch.record_bytes += bytes;
}

void mt_batch_append(const uint64_t *words, uint64_t count, uint64_t number, mt_yield yield) {
  mt_batch.number = number;
  mt_batch.yield = yield;
  mt_batch_read(words, count);
  mt_batch_write_nodes();
  mt_batch_flush_records();
  mt_batch_write_events();
  if (mt_trace_file.gives_back) {
    mt_batch_give_back();
    mt_compress_give_back();
  } else if (count > MT_BATCH_WORDS_MIN / 2) {
    mt_batch_make_room(MT_BATCH_WORDS_MAX);
  }
}
