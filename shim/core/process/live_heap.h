/*
 * live_heap.h: how much of malloc's memory is live, where that was asked for: the recorder keeps no
 * table of live blocks. Blocks count as large as the allocator made them (malloc_usable_size),
 * which is more than was asked for. Written by whoever allocates, read by anybody; exact.
 */
#ifndef MEMTRACE_LIVE_HEAP_H
#define MEMTRACE_LIVE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

#define MT_LIVE_HEAP_SHARDS 64u

/* Threads share few of them, so that hardly any two write to one cache line. A sum of both
 * directions at once: a block may be freed by another thread than made it. */
struct mt_live_shard {
  int64_t bytes;
  int64_t blocks;
  char apart[48];
};

/* `is_counted`: from the process's first allocation on. The child of a fork inherits all of it,
 * as it does the blocks. */
struct mt_live_heap {
  struct mt_live_shard shards[MT_LIVE_HEAP_SHARDS];
  int64_t peak_bytes; /* of those sums that were asked for; see mt_live_heap_sum */
  bool is_counted;
};

extern struct mt_live_heap mt_live_heap;

/* [hook] A block of `bytes` begins (`blocks` is 1) or ends (-1, and `bytes` negative). */
static inline void mt_live_heap_add(uint32_t shard, int64_t bytes, int64_t blocks) {
  struct mt_live_shard *mine = &mt_live_heap.shards[shard % MT_LIVE_HEAP_SHARDS];
  mt_add_relaxed(&mine->bytes, bytes);
  mt_add_relaxed(&mine->blocks, blocks);
}

/* [any] What is live now; 0 where it is not counted. Keeps the largest sum so far as the peak. */
void mt_live_heap_sum(uint64_t *bytes, uint64_t *blocks);

#endif
