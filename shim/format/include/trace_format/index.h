/*
 * trace_format/index.h: checkpoints for windows of long traces. A part of trace_format.h,
 * which alone includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_INDEX_H
#define MEMTRACE_FORMAT_INDEX_H

#include <stddef.h>
#include <stdint.h>

/*
 * Index: what a reader needs to answer for a window of a long trace without replaying the rest. The
 * recorder writes none; the analyzer appends it to a closed, sound trace when it is asked to. Each
 * entry is a checkpoint: the state after the first `event_chunks` MT_CHUNK_EVENTS. Its chunks
 * follow those of the entry before it: `end_parts` of what ended since that entry, one of state,
 * `block_parts` of live blocks. The last entry may stand for the end of the trace (`is_end`): it
 * has no blocks. An entry whose `chain_crc` differs belongs to other events: a reader replays all.
 *
 * A payload is LEB128 numbers; a list is their count and then its items. The state:
 *
 *   totals    events, allocations, reallocations, allocated bytes, frees, frees of unknown blocks,
 *             temporaries, superseded blocks, peak bytes, peak blocks, time of the peak (ns)
 *   position  number of the last batch, the last moment (ns)
 *   threads   list in the order of their appearance: number, next sequence, allocations, allocated
 *             bytes, frees, temporaries, 1 + size of the block that its last event released (0 if
 *             there is none), and what its last release ended: 0 nothing, 1 a known block, 2 an
 *             unknown one, 3 one still to come. Unless that is 0: whether it was temporary, a
 *             block, whether that was ever live, and when it was released (ns)
 *   stacks    list in the order of their first allocation: the node
 *   waiting   lists; each item begins with: address >> shift, how many batches ago, time (ns).
 *             Releases whose block is not there: place of the thread. Early releases: thread,
 *             sequence. Blocks that ended because their address was allocated again, as long as
 *             their release may follow: a block
 *   marks     list: time (ns), thread, bytes of the label, the label's bytes
 *
 * A part of blocks is a list of them. A block is: place of its thread above, sequence, place of its
 * stack, address >> shift, size, the coarse clock (ns >> 20) at the start of its batch, time of its
 * allocation (ns), and its kind (enum mt_op); to the last, 4 * (1 + size) is added if its thread's
 * event before was the release of a block of that known size.
 *
 * A part of ends is a list of flags (1: temporary, 2: its release is in the trace, 4: a failed
 * realloc took the end back), the block, and when it ended (ns). The block is its thread, sequence
 * and address alone unless flag 4 is set. Blocks that began after the entry before it may be left
 * out.
 */
struct mt_index_entry {
  uint64_t event_chunks;
  uint64_t time_ns;   /* of the last event before the checkpoint; none after it is earlier */
  uint32_t chain_crc; /* CRC-32C over payload_crc of each of those event chunks, in order */
  uint32_t end_parts;
  uint32_t block_parts;
  uint32_t is_end;
};

#ifndef __cplusplus
_Static_assert(sizeof(struct mt_index_entry) == 32, "index entry layout");
#endif

#endif
