/*
 * merge.c: see merge.h. Stamps are linked backwards in their ring; here they are listed, the
 * earliest ones as far as there is room, and a heap of rings, by the key of each ring's next
 * segment, gives the order. A key is twice the turn, plus one unless the thread took it.
 */
#include "writer/merge.h"

#include <stddef.h>

#include "base/atomics.h"
#include "base/sys.h"

#define NEVER UINT64_MAX
#define TURN_MASK ((UINT64_C(1) << MT_RAW_TURN_BITS) - 1)

struct stamp {
  uint64_t key;
  uint64_t position;
};

/* Where the merge stands in one ring. */
struct progress {
  struct stamp *stamps; /* of this ring, in room for `room`, written around */
  uint32_t room;
  uint32_t latest; /* where the latest stands; the earlier ones behind it */
  uint32_t count;  /* left */
  uint64_t key;    /* of the next segment; NEVER: there is none */
  uint64_t at;     /* where the next segment begins */
  uint64_t until;  /* no word from here on is taken in this merge */
};

static struct {
  const struct mt_merge_ring *rings;
  uint64_t before; /* turn */
  uint64_t limit;  /* key: segments from this one on are left out */
  bool partial;
  uint32_t heaped; /* rings in the heap */
  uint32_t *heap;  /* numbers of rings, the one with the least key first */
  struct progress *progress;
  struct stamp *stamps;
} merge;

bool mt_merge_start(void) {
  merge.heap = mt_sys_map_private(MT_MERGE_RINGS_MAX * sizeof *merge.heap);
  merge.progress = mt_sys_map_private(MT_MERGE_RINGS_MAX * sizeof *merge.progress);
  merge.stamps = mt_sys_map_private(MT_MERGE_STAMPS_MAX * sizeof *merge.stamps);
  return merge.heap != NULL && merge.progress != NULL && merge.stamps != NULL;
}

/* MARK: Stamps of a ring */

/* The turn whose low bits a stamp has: the one nearest to `before`. */
static uint64_t turn_of(uint64_t word) {
  uint64_t ahead = (word - merge.before) & TURN_MASK;
  if (ahead >> (MT_RAW_TURN_BITS - 1) != 0) ahead |= ~TURN_MASK;
  return merge.before + ahead;
}

static uint64_t key_of(uint64_t word) {
  return turn_of(word) * 2 + 1 - (word >> MT_RAW_TURN_TAKEN_SHIFT & 1);
}

/*
 * Lists the ring's stamps, latest first. Of too many the earliest are kept, by writing around in
 * their room, and the merge ends ahead of those that are not.
 */
static void list_stamps(const struct mt_merge_ring *ring, struct progress *progress,
                        uint32_t room) {
  uint64_t position = ring->last_stamp, index = position % ring->capacity;
  uint32_t found = 0, next = 0;
  struct stamp dropped = {0, 0};
  while (position - ring->from < ring->capacity) {
    uint64_t word = ring->words[index];
    if (word >> MT_RAW_KIND_SHIFT != MT_RAW_TURN) break;
    if (position < ring->until) {
      if (found >= room) dropped = progress->stamps[next];
      progress->stamps[next] = (struct stamp){key_of(word), position};
      if (++next == room) next = 0;
      found++;
    }
    uint64_t back = word >> MT_RAW_TURN_BACK_SHIFT & 0xffff;
    if (back == MT_RAW_TURN_NO_BACK || back == 0) break;
    position -= back;
    index += index < back ? ring->capacity - back : -back;
  }
  progress->room = room;
  progress->count = found;
  if (found <= room) return;
  progress->count = room;
  progress->latest = next;
  progress->until = dropped.position;
  merge.partial = true;
  if (dropped.key < merge.limit) merge.limit = dropped.key;
}

/* True when all of the ring's words are taken in this merge: they need no list if no other ring has
 * any. */
static bool is_taken_whole(const struct mt_merge_ring *ring) {
  if (ring->last_stamp < ring->from || ring->last_stamp >= ring->until) return false;
  uint64_t word = ring->words[ring->last_stamp % ring->capacity];
  return word >> MT_RAW_KIND_SHIFT == MT_RAW_TURN && key_of(word) < merge.limit;
}

/* The earliest stamp that is left of those listed. */
static const struct stamp *earliest(const struct progress *progress) {
  return &progress->stamps[(progress->latest + progress->count - 1) % progress->room];
}

/* MARK: The heap */

static bool is_less(uint32_t a, uint32_t b) {
  uint64_t key_a = merge.progress[a].key, key_b = merge.progress[b].key;
  return key_a != key_b ? key_a < key_b : a < b;
}

/* Puts the ring at `place`, whose key may have grown, behind those with smaller ones. */
static void sift_down(uint32_t place) {
  uint32_t ring = merge.heap[place];
  for (;;) {
    uint32_t child = 2 * place + 1;
    if (child >= merge.heaped) break;
    if (child + 1 < merge.heaped && is_less(merge.heap[child + 1], merge.heap[child])) child++;
    if (!is_less(merge.heap[child], ring)) break;
    merge.heap[place] = merge.heap[child];
    place = child;
  }
  merge.heap[place] = ring;
}

/* Goes to the ring's next segment. */
static void advance(struct progress *progress) {
  if (progress->count == 0) {
    progress->key = NEVER;
    return;
  }
  const struct stamp *stamp = earliest(progress);
  progress->count--;
  progress->key = stamp->key;
  progress->at = stamp->position;
}

/* MARK: The merge */

void mt_merge_begin(const struct mt_merge_ring *rings, uint32_t count, uint64_t before) {
  merge.rings = rings;
  merge.before = before;
  merge.limit = before * 2;
  merge.partial = false;
  merge.heaped = 0;
  uint32_t room = count == 0 ? 0 : MT_MERGE_STAMPS_MAX / count;
  for (uint32_t i = 0; i < count; i++) {
    struct progress *progress = &merge.progress[i];
    *progress = (struct progress){
        .stamps = merge.stamps + (size_t)i * room, .at = rings[i].from, .until = rings[i].until};
    if (count > 1 || !is_taken_whole(&rings[i])) list_stamps(&rings[i], progress, room);
    bool begins_with_stamp = progress->count != 0 && earliest(progress)->position == rings[i].from;
    if (begins_with_stamp) advance(progress);
    if (progress->at < progress->until) merge.heap[merge.heaped++] = i;
  }
  for (uint32_t place = merge.heaped / 2; place-- > 0;) sift_down(place);
}

/* The least key of the other rings. */
static uint64_t next_key_of_others(void) {
  uint64_t least = NEVER;
  for (uint32_t child = 1; child <= 2 && child < merge.heaped; child++) {
    uint64_t key = merge.progress[merge.heap[child]].key;
    if (key < least) least = key;
  }
  return least;
}

bool mt_merge_next(struct mt_merge_run *run) {
  if (merge.heaped == 0) return false;
  uint32_t ring = merge.heap[0];
  struct progress *progress = &merge.progress[ring];
  if (progress->key >= merge.limit) return false;
  *run = (struct mt_merge_run){.ring = &merge.rings[ring], .from = progress->at};
  uint64_t others = next_key_of_others();
  do {
    advance(progress);
  } while (progress->key < merge.limit && progress->key < others);
  run->until = progress->key == NEVER ? progress->until : progress->at;
  if (progress->key == NEVER) {
    merge.heap[0] = merge.heap[--merge.heaped];
  }
  if (merge.heaped > 0) sift_down(0);
  return true;
}

bool mt_merge_is_partial(void) { return merge.partial; }
