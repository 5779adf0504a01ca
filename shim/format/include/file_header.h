/*
 * file_header.h: how a trace's file header is sealed, for all who write one: the recorder, the copy
 * that a bundle is, the launcher that puts a dead program's live file into its trace. Header-only,
 * as crc32c.h.
 */
#ifndef MEMTRACE_FILE_HEADER_H
#define MEMTRACE_FILE_HEADER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crc32c.h"
#include "trace_format.h"

/* Sets the checksums. `header` is followed by as many bytes as its extension_bytes count (version 1
 * has none of them). */
static inline void mt_seal_file_header(struct mt_file_header *header) {
  header->header_crc = 0;
  header->header_crc = mt_crc32c(0, header, offsetof(struct mt_file_header, closed));
  if (header->version_major < 2) return;
  header->extension_crc = 0;
  header->extension_crc = mt_crc32c(0, &header->extension_bytes, header->extension_bytes);
}

/* Says that the live region, of version 2, is in the trace itself from now on. Not sealed by this.
 */
static inline void mt_take_live_region_in(struct mt_file_header *header, uint64_t offset,
                                          uint64_t bytes) {
  header->live_offset = offset;
  header->live_bytes = bytes;
  header->flags &= ~(uint32_t)MT_FILE_LIVE_BESIDE;
  memset(header->live_name, 0, sizeof header->live_name);
}

/* Where a live region may begin in a trace whose chunks end at `end`: a reader must find zeros at
 * their end, or room for the header of a chunk that spans the gap. */
static inline uint64_t mt_live_region_place(uint64_t end, uint64_t page_bytes) {
  return (end + sizeof(struct mt_chunk_header) + 8 + page_bytes - 1) / page_bytes * page_bytes;
}

#endif
