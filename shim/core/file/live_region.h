/*
 * live_region.h: what hooks write to and the writer takes from, mapped shared from the live file,
 * so that no event is ever in private memory alone. Nobody touches a page of it whose block is not
 * reserved: a ring and a staging begin small and grow in the writer's hands, before they are
 * needed. Layout in trace_format.h.
 */
#ifndef MEMTRACE_LIVE_REGION_H
#define MEMTRACE_LIVE_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "trace_format.h"

#define MT_STAGING_WORDS (UINT32_C(1) << 17)
#define MT_RING_SLOTS_MAX 1024u
/*
 * The first rings are large: the longer a ring lasts, the seldomer the writer has to wake up, which
 * costs more than what it then does. Where there are more threads, memory counts for more.
 */
#define MT_RING_LARGE_SLOTS 32u
#define MT_RING_STRIDE (UINT64_C(64) << 10)
#define MT_RING_LARGE_STRIDE (UINT64_C(256) << 10)
#define MT_RING_WORDS_MAX ((MT_RING_LARGE_STRIDE - sizeof(struct mt_ring_header)) / 8)
/* Rings are mapped in groups, as threads need them: a process of few threads spends little of what
 * address space it is allowed. */
#define MT_RING_GROUP_SLOTS 4u
#define MT_RING_GROUPS (MT_RING_SLOTS_MAX / MT_RING_GROUP_SLOTS)

struct mt_live_region {
  struct mt_live_header *header;           /* private memory once the region is detached */
  char *ring_groups[MT_RING_GROUPS];       /* likewise; NULL: not mapped yet. See ring_ready */
  uint64_t *staging[MT_STAGINGS];          /* likewise */
  uint32_t staging_words[MT_STAGINGS];     /* that have blocks */
  uint32_t ring_slots;                     /* slots that there may be */
  uint32_t ring_ready;                     /* slots whose first words have blocks */
  uint32_t ring_words[MT_RING_SLOTS_MAX];  /* words that have blocks; written by the writer
                                            * (release),  read by the ring's owner (acquire) */
  uint32_t ring_wanted[MT_RING_SLOTS_MAX]; /* words that an owner waits for; written by it
                                            * (release), read by the writer (acquire) */
  bool is_detached;                        /* private memory: see mt_live_begin, mt_live_detach */
  bool is_inherited;                       /* by the child of a fork, being detached */
  bool reads_ahead;                        /* see mt_live_read_ahead */
  char name[MT_LIVE_NAME_BYTES];           /* of the live file */
};

extern struct mt_live_region mt_live_region;

/*
 * [writer] In the child of a fork, before any hook has seen a region: makes one of private memory,
 * usable as a whole but for slots from `rings` on. No child inherits it in its turn. 0 or -errno.
 */
int mt_live_begin(uint32_t rings);

/*
 * [writer] Makes the live file of the trace at mt_trace_file.path and maps the region from it,
 * where it was before, if it was; ring slots [0, rings) are usable. 0 or -errno: nothing is left in
 * the folder then, and the region is private memory if it was ever mapped.
 */
int mt_live_attach(uint32_t rings, bool is_shared);

/* [writer] Puts zeroed private memory in the place of the mapping, all of it usable, counters kept;
 * the file is as it was. Whatever becomes of the file then is no hook's matter. */
void mt_live_detach(void);

/* [writer] Likewise, when the trace is not what it was, and what the region holds belongs to
 * nothing: of the file only the first page is left, for whoever looks for the reason. */
void mt_live_leave_reason(const struct mt_end *end);

/* [writer] Undoes mt_live_attach, before any hook has seen the region. */
void mt_live_discard(void);

/* [writer] Maps the region anew from the file's present descriptor: the one that it was mapped from
 * counts as one that others have open. */
void mt_live_map_again(void);

/* [writer] Makes ring slots [0, count) usable. False, with mt_trace_file.error, when the disk
 * refused; where there is no address space for more, ring_slots becomes what there is. */
bool mt_live_reserve_rings(uint32_t count);

/* [writer] Gives a ring more words, ahead of its owner, who has written up to position `head`. */
void mt_live_grow_ring(uint32_t slot, uint64_t head);

/* [writer] Gives a ring all the words that it can have. */
void mt_live_fill_ring(uint32_t slot);

/* [writer] Makes the first `words` of a staging usable. False, with mt_trace_file.error, when the
 * disk refused. */
bool mt_live_reserve_staging(unsigned index, uint64_t words);

/*
 * [writer] More than a few pages of the region will be used: from here on a fault may bring in
 * those behind it, too. Until then it brings in one. A short program needs no more, and the kernel
 * reads ahead as far as the disk's setting says: up to all of it, cleared for nothing.
 */
void mt_live_read_ahead(void);

/* [writer] The parts of the region that are in use, by number from 0: the next one that there is
 * from `*number` on, which becomes that of the one behind it. False when there is none. */
bool mt_live_next_part(uint32_t *number, const void **start, uint64_t *bytes);

/* [writer] Bytes of the live file that are resident. `buffer` is to work in. */
uint64_t mt_live_resident(unsigned char *buffer, size_t buffer_bytes);

/* [hook] In the child of a fork: forgets the parent's mapping, which it did not inherit. */
void mt_live_forget(void);

/* [hook] Likewise, with private memory in the place of the parent's mapping. */
void mt_live_abandon(void);

/* From a ring of this slot to the next. */
static inline uint64_t mt_ring_stride(uint32_t slot) {
  return slot < MT_RING_LARGE_SLOTS ? MT_RING_LARGE_STRIDE : MT_RING_STRIDE;
}

/* Words that the ring of a slot holds. */
static inline uint64_t mt_ring_words(uint32_t slot) {
  return (mt_ring_stride(slot) - sizeof(struct mt_ring_header)) / 8;
}

/* [any] Ring of slot `index`, which is below ring_ready. */
static inline struct mt_ring_header *mt_live_ring(uint32_t index) {
  char *group = mt_live_region.ring_groups[index / MT_RING_GROUP_SLOTS];
  return (struct mt_ring_header *)(group + index % MT_RING_GROUP_SLOTS * mt_ring_stride(index));
}

/* [any] The counters of what was not recorded. */
static inline uint64_t *mt_live_counters(void) { return mt_live_region.header->counters; }

#endif
