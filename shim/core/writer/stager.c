/* stager.c: see stager.h. */
#include "writer/stager.h"

#include <stdint.h>
#include <string.h>

#include "base/atomics.h"
#include "base/page.h"
#include "batch/batch.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/state.h"
#include "rings/slots.h"
#include "writer/merge.h"

#define LANE_WORDS 3u

/* A program with more words than this in a staging is no short one: 32 KiB. */
#define SHORT_WORDS 4096u

static struct {
  unsigned active;                  /* staging that rings are copied to */
  bool full;                        /* the other staging waits to become a batch */
  uint64_t number;                  /* of the batch that the active staging becomes */
  uint64_t words;                   /* taken from rings */
  uint64_t most_words[MT_STAGINGS]; /* that were ever in each */
  bool is_one_by_one;
  uint32_t one_by_one; /* batches */
} stager;

static struct mt_staging_state *staging_state(unsigned index) {
  return &mt_live_region.header->staging[index];
}

void mt_stager_reset(void) {
  memset(&stager, 0, sizeof stager);
  stager.number = 1;
}

void mt_stager_begin_one_by_one(void) { stager.is_one_by_one = true; }

uint32_t mt_stager_batches_one_by_one(void) { return stager.one_by_one; }

void mt_stager_begin(void) {
  stager.is_one_by_one = false;
  stager.active = 0;
  staging_state(stager.active)->batch = stager.number;
}

/* MARK: Out of the rings */

static void copy_ring(uint64_t *to, const struct mt_ring_header *ring, uint32_t slot, uint64_t tail,
                      uint64_t count) {
  const uint64_t *words = (const uint64_t *)(ring + 1);
  uint64_t at = tail % mt_ring_words(slot), to_end = mt_ring_words(slot) - at;
  uint64_t first = to_end < count ? to_end : count;
  mt_page_copy(to, words + at, first * sizeof *to);
  mt_page_copy(to + first, words, (count - first) * sizeof *to);
}

static void write_lane(uint64_t *to, const struct mt_ring_header *ring, uint32_t slot,
                       uint64_t tail, uint64_t count) {
  uint64_t first = (uint64_t)MT_RAW_LANE << MT_RAW_KIND_SHIFT | (uint64_t)slot << 32;
  mt_store_relaxed(&to[0], first | ring->thread); /* each by itself: see mt_page_copy */
  mt_store_relaxed(&to[1], tail);
  mt_store_relaxed(&to[2], count);
}

/* Makes the other staging the active one; false while it still waits to become a batch. */
static bool switch_staging(void) {
  if (stager.full) return false;
  unsigned other = 1 - stager.active;
  stager.full = true;
  stager.active = other;
  staging_state(other)->committed_words = 0;
  mt_store_release(&staging_state(other)->batch, ++stager.number); /* read after a crash */
  return true;
}

static void take_no_time(void) {}

/* A ring's words become a batch of their own at once; in tail mode, a chunk as they are. */
static void append_words(const struct mt_ring_header *ring, uint32_t slot, uint64_t tail,
                         uint64_t count) {
  static uint64_t words[LANE_WORDS + MT_RING_WORDS_MAX];
  write_lane(words, ring, slot, tail, count);
  copy_ring(words + LANE_WORDS, ring, slot, tail, count);
  if (mt_load_relaxed(&mt_hot->state) != MT_STATE_TAIL) {
    mt_batch_append(words, LANE_WORDS + count, stager.number++, take_no_time);
    stager.one_by_one++;
  } else {
    mt_trace_file_append(MT_CHUNK_RAW, words, (LANE_WORDS + count) * sizeof *words);
  }
}

static bool stage(const struct mt_ring_header *ring, uint32_t slot, uint64_t tail, uint64_t count) {
  struct mt_staging_state *state = staging_state(stager.active);
  if (state->committed_words + LANE_WORDS + count > mt_batch_words_max()) {
    if (!switch_staging()) return false;
    state = staging_state(stager.active);
  }
  if (!mt_live_reserve_staging(stager.active, state->committed_words + LANE_WORDS + count)) {
    return false;
  }
  uint64_t *to = mt_live_region.staging[stager.active] + state->committed_words;
  write_lane(to, ring, slot, tail, count);
  copy_ring(to + LANE_WORDS, ring, slot, tail, count);
  /* Committed first, then gone from the ring: whenever the process dies, the words are in one. */
  mt_store_release(&state->committed_words, state->committed_words + LANE_WORDS + count);
  if (state->committed_words > stager.most_words[stager.active]) {
    stager.most_words[stager.active] = state->committed_words;
    if (state->committed_words > SHORT_WORDS) mt_live_read_ahead();
  }
  return true;
}

/* What a round takes of the rings. */
static struct {
  struct mt_merge_ring rings[MT_RING_SLOTS_MAX]; /* those that have words */
  uint32_t count;
  uint32_t ended[MT_RING_SLOTS_MAX]; /* slots whose threads had ended before */
  uint32_t ended_count;
} taken;

uint64_t mt_stager_words(void) { return stager.words; }

uint64_t mt_stager_pages(void) {
  uint64_t words = stager.most_words[0] + stager.most_words[1];
  return words * sizeof(uint64_t) / mt_page_bytes();
}

/* Looks at all rings; the largest share of one that is in use. */
static double look_at_rings(uint32_t used) {
  double fullest = 0;
  taken.count = taken.ended_count = 0;
  for (uint32_t slot = 0; slot < used && slot < mt_live_region.ring_ready; slot++) {
    struct mt_ring_header *ring = mt_live_ring(slot);
    uint32_t ring_state = mt_load_acquire(&ring->state); /* pairs with thread.c */
    if (ring_state == MT_RING_FREE) continue;
    if (ring_state == MT_RING_ENDED) taken.ended[taken.ended_count++] = slot;
    uint64_t head = mt_load_acquire(&ring->head); /* pairs with mt_ring_publish */
    mt_live_grow_ring(slot, head);
    if (head == ring->tail) continue;
    double fill = (double)(head - ring->tail) / (double)mt_ring_words(slot);
    if (fill > fullest) fullest = fill;
    stager.words += head - ring->tail;
    taken.rings[taken.count++] = (struct mt_merge_ring){
        .words = (const uint64_t *)(ring + 1),
        .capacity = mt_ring_words(slot),
        .from = ring->tail,
        .until = head,
        .last_stamp = mt_load_acquire(&ring->last_turn), /* pairs with mt_turn_write_stamp */
        .slot = slot,
    };
  }
  return fullest;
}

/* Puts words of the rings into the stagings, in the order of their turns up to `before`. False when
 * the stagings have no room for more. */
static bool stage_in_order(uint64_t before) {
  struct mt_merge_run run;
  bool has_moved = true;
  for (bool again = true; again && has_moved; again = mt_merge_is_partial()) {
    mt_merge_begin(taken.rings, taken.count, before);
    has_moved = false;
    while (mt_merge_next(&run)) {
      uint32_t slot = run.ring->slot;
      struct mt_ring_header *ring = mt_live_ring(slot);
      if (!stage(ring, slot, run.from, run.until - run.from)) return false;
      mt_store_release(&ring->tail, run.until); /* pairs with mt_ring_make_room */
      has_moved = true;
    }
    for (uint32_t i = 0; i < taken.count; i++) {
      taken.rings[i].from = mt_live_ring(taken.rings[i].slot)->tail;
    }
  }
  return true;
}

/* Where threads wait for their words to be written the rings' order is theirs. */
static void append_taken(void) {
  for (uint32_t i = 0; i < taken.count; i++) {
    const struct mt_merge_ring *words = &taken.rings[i];
    struct mt_ring_header *ring = mt_live_ring(words->slot);
    append_words(ring, words->slot, words->from, words->until - words->from);
    if (mt_trace_file.error != 0 && stager.is_one_by_one) return;
    mt_store_release(&ring->tail, words->until); /* pairs with mt_ring_make_room */
  }
}

static void release_ended(void) {
  for (uint32_t i = 0; i < taken.ended_count; i++) {
    uint32_t slot = taken.ended[i];
    struct mt_ring_header *ring = mt_live_ring(slot);
    if (ring->tail != mt_load_relaxed(&ring->head)) continue; /* it waits for a later round */
    mt_store_relaxed(&ring->state, MT_RING_FREE);
    mt_slots_release(slot);
  }
}

double mt_stager_drain_rings(void) {
  /*
   * What is published after its ring was looked at may belong ahead of words of the turns that
   * began since: a new turn begins here, and all that is of it or later is left for the next round.
   * A hook that is in flight has an earlier turn and goes first then. Nothing that this round takes
   * depends on it: it would have seen the new turn. Nor does it on a thread whose slot is not among
   * the used ones, which are counted only now: that thread's first event is of a later turn.
   */
  uint64_t shared = mt_load_acquire(&mt_hot->shared);
  uint64_t before = mt_add_seq_cst(&mt_hot->turn, shared) + 1;
  if (shared != 0) mt_store_relaxed(&mt_live_region.header->turn, before);
  uint32_t used = mt_slots_used();
  /* A process that has two threads may soon have more; most children of a fork have one. */
  uint32_t wanted = used > 1 ? 2 * used : used;
  if (wanted > mt_live_region.ring_ready) mt_live_reserve_rings(wanted);
  double fullest = look_at_rings(used);
  if (stager.is_one_by_one || mt_load_relaxed(&mt_hot->state) == MT_STATE_TAIL) {
    append_taken();
  } else if (taken.count > 0) {
    stage_in_order(before);
  }
  release_ended();
  return fullest;
}

/* MARK: Into batches */

static void append_staging(unsigned index, void (*yield)(void)) {
  struct mt_staging_state *state = staging_state(index);
  if (mt_trace_file.error != 0) return;
  if (state->committed_words != 0) {
    mt_batch_append(mt_live_region.staging[index], state->committed_words, state->batch, yield);
  }
  if (mt_trace_file.error != 0) return;
  mt_store_release(&state->batch, 0);
  state->committed_words = 0;
}

bool mt_stager_append_full(void (*yield)(void)) {
  if (!stager.full || mt_trace_file.error != 0) return false;
  append_staging(1 - stager.active, yield);
  stager.full = mt_trace_file.error != 0;
  return !stager.full;
}

void mt_stager_append_rest(void (*yield)(void)) {
  mt_stager_append_full(yield);
  if (staging_state(stager.active)->committed_words != 0 && switch_staging()) {
    mt_stager_append_full(yield);
  }
}
