/* batch.c: see batch.h. */
#include "batch/batch.h"

#include <string.h>

#include "base/sys.h"
#include "batch/batch_parts.h"

struct mt_batch mt_batch;

#define MAP(member, count) \
  ((mt_batch.member = mt_sys_map_private((size_t)(count) * sizeof *mt_batch.member)) != NULL)

bool mt_batch_start(void) {
  return MAP(runs, MT_BATCH_RUNS_MAX) && MAP(lanes, MT_BATCH_RUNS_MAX) &&
         MAP(lane_of_thread, MT_BATCH_RUNS_MAX) && MAP(operations, MT_BATCH_WORDS_MAX) &&
         MAP(allocation_address, MT_BATCH_ALLOCATIONS_MAX) &&
         MAP(allocation_site, MT_BATCH_ALLOCATIONS_MAX) && MAP(releases, MT_BATCH_WORDS_MAX) &&
         MAP(times, MT_BATCH_WORDS_MAX) && MAP(specials, MT_BATCH_WORDS_MAX * sizeof(uint64_t)) &&
         MAP(fars, MT_BATCH_WORDS_MAX * 5) && MAP(nodes, MT_BATCH_NODES_MAX) &&
         MAP(payload, MT_BATCH_WORDS_MAX * 24) && MAP(records, MT_BATCH_RECORD_BYTES_MAX) &&
         mt_batch_tables_start();
}

void mt_batch_forget(void) {
  memset(mt_batch.progress, 0, sizeof mt_batch.progress);
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
}
