/* batch_write.c: from operations to the columns of the trace; "Events" in trace_format.h. */
#include <string.h>

#include "base/leb128.h"
#include "batch/batch_parts.h"
#include "file/compress.h"

/* MARK: Stack nodes */

void mt_batch_write_nodes(void) {
  if (mt_batch.node_count == 0) return;
  struct mt_stacks_header header = {.nodes = mt_batch.node_count};
  uint8_t *cursor = mt_batch.payload + sizeof header;
  for (uint32_t i = 0; i < mt_batch.node_count; i++, cursor += sizeof(uint64_t)) {
    memcpy(cursor, &mt_batch.nodes[i].pc, sizeof(uint64_t));
  }
  uint8_t *column = cursor;
  uint32_t previous = 0;
  for (uint32_t i = 0; i < mt_batch.node_count; i++) {
    cursor = mt_put_signed(cursor, (int64_t)mt_batch.nodes[i].id - (int64_t)previous);
    previous = mt_batch.nodes[i].id;
  }
  header.id_bytes = (uint32_t)(cursor - column);
  column = cursor;
  for (uint32_t i = 0; i < mt_batch.node_count; i++) {
    cursor =
        mt_put_signed(cursor, (int64_t)mt_batch.nodes[i].id - (int64_t)mt_batch.nodes[i].parent);
  }
  header.parent_bytes = (uint32_t)(cursor - column);
  memcpy(mt_batch.payload, &header, sizeof header);
  mt_compress_append(MT_CHUNK_STACKS, mt_batch.payload, (size_t)(cursor - mt_batch.payload),
                     mt_batch.yield);
}

/* MARK: Writing the columns */

static uint8_t *write_sites(uint8_t *cursor) {
  uint32_t count = mt_batch.allocation_count, sites = mt_batch_tables.site_count;
  unsigned planes = sites <= 256 ? 1 : sites <= 65536 ? 2 : 3;
  const uint32_t *restrict site = mt_batch.allocation_site;
  for (unsigned plane = 0; plane < planes; plane++, cursor += count) {
    uint8_t *restrict to = cursor;
    for (uint32_t i = 0; i < count; i++) to[i] = (uint8_t)(site[i] >> (8 * plane));
  }
  return cursor;
}

static uint8_t *write_survivors(uint8_t *cursor) {
  for (uint32_t i = 0; i < mt_batch.lane_count; i++) {
    struct mt_batch_lane *lane = &mt_batch.lanes[i];
    uint64_t previous = 0;
    uint32_t survivors = 0;
    const uint64_t *address = mt_batch.allocation_address + lane->first_allocation;
    for (uint32_t left = lane->facts.allocations; left > 0; left--, address++) {
      if ((*address & MT_BATCH_FREED) != 0) continue;
      cursor = mt_put_signed(cursor, (int64_t)(*address - previous));
      previous = *address;
      survivors++;
    }
    lane->facts.survivors = survivors;
  }
  return cursor;
}

/* The release columns differ in what they take of a release: one pass for each that has any. */
static uint8_t *write_releases(uint8_t *cursor, enum mt_op which, uint32_t count) {
  if (count == 0) return cursor;
  for (uint32_t i = 0; i < mt_batch.lane_count; i++) {
    struct mt_batch_lane *lane = &mt_batch.lanes[i];
    uint32_t end = i + 1 < mt_batch.lane_count ? lane[1].first_release : mt_batch.release_count;
    uint64_t previous = 0;
    for (uint32_t j = lane->first_release; j < end; j++) {
      const struct mt_batch_release *release = &mt_batch.releases[j];
      if (mt_batch.operations[release->operation] != which) continue;
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
  for (uint32_t i = 0; i < mt_batch_tables.site_count; i++) {
    cursor = mt_put_signed(cursor, (int64_t)mt_batch_tables.sites[i].stack - (int64_t)previous);
    previous = mt_batch_tables.sites[i].stack;
  }
  return cursor;
}

static uint8_t *write_site_sizes(uint8_t *cursor) {
  for (uint32_t i = 0; i < mt_batch_tables.site_count; i++) {
    cursor = mt_put_unsigned(cursor, mt_batch_tables.sites[i].size);
  }
  return cursor;
}

static uint8_t *write_order(uint8_t *cursor) {
  if (mt_batch.lane_count < 2) return cursor;
  for (uint32_t i = 0; i < mt_batch.run_count; i++) {
    if (mt_batch.runs[i].events == 0) continue;
    cursor = mt_put_unsigned(cursor, mt_batch.runs[i].lane);
    cursor = mt_put_unsigned(cursor, mt_batch.runs[i].events);
  }
  return cursor;
}

/* Runs are in merged order; their times may overlap, so a time earlier than the last is left out,
 * but for a mark's: it is a unit later than all that stands before it. */
static uint8_t *write_times(uint8_t *cursor, struct mt_events_header *header) {
  header->first_time_ns = mt_batch.time_ns;
  bool first = true;
  uint64_t events_before = 0, last_event = 0;
  for (uint32_t i = 0; i < mt_batch.run_count; i++) {
    const struct mt_batch_run *run = &mt_batch.runs[i];
    for (uint32_t j = 0; j < run->times; j++) {
      const struct mt_batch_time_entry *entry = &mt_batch.times[run->first_time + j];
      uint64_t event = events_before + entry->event;
      uint64_t time_ns = entry->time_ns, next = mt_batch.time_ns + (UINT64_C(1) << MT_TIME_SHIFT);
      if (entry->parts && time_ns < next) time_ns = next;
      if (time_ns < mt_batch.time_ns) continue;
      if (first && event == 0) {
        header->first_time_ns = mt_batch.time_ns = time_ns;
      } else {
        uint64_t units = (time_ns - mt_batch.time_ns) >> MT_TIME_SHIFT;
        if (units == 0) continue;
        cursor = mt_put_unsigned(cursor, event - last_event);
        cursor = mt_put_unsigned(cursor, units);
        mt_batch.time_ns += units << MT_TIME_SHIFT;
        last_event = event;
      }
      first = false;
    }
    events_before += run->events;
  }
  header->last_time_ns = mt_batch.time_ns;
  return cursor;
}

static uint8_t *write_specials(uint8_t *cursor) {
  for (uint32_t i = 0; i < mt_batch.run_count; i++) {
    const struct mt_batch_run *run = &mt_batch.runs[i];
    memcpy(cursor, mt_batch.specials + run->first_special, run->special_bytes);
    cursor += run->special_bytes;
  }
  return cursor;
}

static uint8_t *write_mappings(uint8_t *cursor) {
  for (uint32_t i = 0; i < mt_batch.run_count; i++) {
    const struct mt_batch_run *run = &mt_batch.runs[i];
    memcpy(cursor, mt_batch.mappings + run->first_mapping, run->mapping_bytes);
    cursor += run->mapping_bytes;
  }
  return cursor;
}

void mt_batch_write_events(void) {
  struct mt_events_header header = {
      .batch = mt_batch.number,
      .lanes = mt_batch.lane_count,
      .sites = mt_batch_tables.site_count,
      .events = mt_batch.operation_count,
      .header_bytes = sizeof header,
      .lane_bytes = sizeof(struct mt_lane),
      .specials = mt_batch.special_count,
      .fars_bytes = (uint32_t)(mt_batch.fars_end - mt_batch.fars),
  };
  uint8_t *lanes = mt_batch.payload + sizeof header;
  uint8_t *cursor = lanes + mt_batch.lane_count * sizeof(struct mt_lane);
  memcpy(cursor, mt_batch.operations, mt_batch.operation_count);
  cursor += mt_batch.operation_count;
  memcpy(cursor, mt_batch.fars, header.fars_bytes);
  cursor += header.fars_bytes;
  cursor = write_sites(cursor);
  mt_batch.yield();
  uint8_t *start = cursor;
  cursor = write_survivors(start);
  header.survivors_bytes = (uint32_t)(cursor - start);
  mt_batch.yield();
  uint32_t by_address = mt_batch.release_count - mt_batch.cross_count - mt_batch.early_count;
  cursor = write_releases(start = cursor, MT_OP_RELEASE_ADDRESS, by_address);
  header.releases_bytes = (uint32_t)(cursor - start);
  cursor = write_releases(start = cursor, MT_OP_RELEASE_CROSS, mt_batch.cross_count);
  header.crossings_bytes = (uint32_t)(cursor - start);
  cursor = write_releases(start = cursor, MT_OP_RELEASE_EARLY, mt_batch.early_count);
  header.earlies_bytes = (uint32_t)(cursor - start);
  mt_batch.yield();
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
  cursor = write_mappings(start = cursor);
  header.mappings_bytes = (uint32_t)(cursor - start);
  memcpy(mt_batch.payload, &header, sizeof header);
  for (uint32_t i = 0; i < mt_batch.lane_count; i++) {
    memcpy(lanes + i * sizeof(struct mt_lane), &mt_batch.lanes[i].facts, sizeof(struct mt_lane));
  }
  mt_compress_append(MT_CHUNK_EVENTS, mt_batch.payload, (size_t)(cursor - mt_batch.payload),
                     mt_batch.yield);
}
