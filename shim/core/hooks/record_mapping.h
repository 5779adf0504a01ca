/*
 * record_mapping.h: what the hooks of mmap and its kin say: a range is mapped, or is about to be
 * unmapped, moved or forbidden. Between those hooks and the rings, as record.h is for blocks.
 * Everything here is [hook] but as noted.
 *
 * Order: what gives memory away is recorded before the real call, what takes some after it, so that
 * another thread's mapping of the same range comes later than ours. Of a call that fails after it
 * was recorded, MT_MAPPING_FAILED says so.
 */
#ifndef MEMTRACE_RECORD_MAPPING_H
#define MEMTRACE_RECORD_MAPPING_H

#include <stdbool.h>

#include "rings/thread.h"
#include "trace_format.h"

/*
 * Records one call. `frame`: the hook's frame address. The stack is found here, for calls that take
 * memory. True if the call is in the trace: only then a failure of it is to be recorded, too.
 */
bool mt_record_mapping(struct mt_mapping mapping, const void *frame);

/* [init] Writes the calls from before recording could start to the ring of `thread`, with their
 * caller as their whole stack, and notes no more. */
void mt_early_mappings_replay(struct mt_thread *thread);

#endif
