/*
 * merge.h: in which order the words of several rings go into a staging. A ring's stamps
 * (MT_RAW_TURN) divide its words into segments, each of one turn. Segments go by their turns; of
 * one turn that of the thread which took it goes first, because the turn begins with its event.
 * Segments of the same turn are as good in any order; they stay whole, in the order of the rings.
 *
 * Pure computing over memory that the caller gives: no ring is changed. [writer] all of it.
 */
#ifndef MEMTRACE_MERGE_H
#define MEMTRACE_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

#define MT_MERGE_RINGS_MAX 1024u
#define MT_MERGE_STAMPS_MAX (1u << 16)

/* A ring, and what of it is to be taken. Positions as in trace_format.h. */
struct mt_merge_ring {
  const uint64_t *words;
  uint64_t capacity;
  uint64_t from;       /* the first word to take */
  uint64_t until;      /* one past the last */
  uint64_t last_stamp; /* position of a stamp from which all before it are found, even if it lies
                        * behind `until`; any other position: there is none */
  uint32_t slot;
};

/* Words of one ring that go into the staging together. */
struct mt_merge_run {
  const struct mt_merge_ring *ring;
  uint64_t from;
  uint64_t until;
};

/* [init] Maps the working memory (touched as far as stamps need it). */
bool mt_merge_start(void);

/*
 * Begins a merge of `count` rings, at most MT_MERGE_RINGS_MAX, which stay as they are until it
 * ends. Segments of turn `before` and later are left out: what belongs ahead of them may not be
 * published yet. Words ahead of a ring's first stamp are of a turn that an earlier merge knew: they
 * go first.
 */
void mt_merge_begin(const struct mt_merge_ring *rings, uint32_t count, uint64_t before);

/* The next words; false when there are no more, or no more can be ordered in this merge. */
bool mt_merge_next(struct mt_merge_run *run);

/* Whether the merge ended early: the rings hold more stamps than it can look at. The caller begins
 * another one. */
bool mt_merge_is_partial(void);

#endif
