/* live_heap.c: see live_heap.h. */
#include "process/live_heap.h"

struct mt_live_heap mt_live_heap;

void mt_live_heap_sum(uint64_t *bytes, uint64_t *blocks) {
  int64_t byte_sum = 0, block_sum = 0;
  for (uint32_t i = 0; i < MT_LIVE_HEAP_SHARDS; i++) {
    byte_sum += mt_load_relaxed(&mt_live_heap.shards[i].bytes);
    block_sum += mt_load_relaxed(&mt_live_heap.shards[i].blocks);
  }
  /* A block that one thread made and another freed may be seen to end alone. */
  *bytes = byte_sum > 0 ? (uint64_t)byte_sum : 0;
  *blocks = block_sum > 0 ? (uint64_t)block_sum : 0;
  int64_t peak = mt_load_relaxed(&mt_live_heap.peak_bytes);
  while (byte_sum > peak && !mt_cas_acq_rel(&mt_live_heap.peak_bytes, &peak, byte_sum)) {
  }
}
