/*
 * test_merge.c: the merge of rings (writer/merge.h) against a plain sort of all their segments, on
 * invented rings: random turns, taken and noted, rings that wrap, words ahead of the first stamp,
 * turns that lack their upper bits, a limit, and more stamps than the merge can list.
 *
 * Each word that is no stamp says who it is, so that what comes out can be compared word by word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writer/merge.h"

enum { RINGS = 6, CAPACITY = 4096, WORDS_MAX = RINGS * CAPACITY };

#define TURN_MASK ((UINT64_C(1) << MT_RAW_TURN_BITS) - 1)

static unsigned failures;

static void expect(bool holds, const char *what, unsigned seed) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s, seed %u\n", what, seed);
}

static uint64_t random_state;
static uint64_t random_below(uint64_t bound) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (random_state >> 33) % bound;
}

/* ---- Invented rings ---- */

struct word {
  uint64_t value;
  uint64_t key; /* of its segment */
  uint32_t ring;
  uint32_t place;
};

static uint64_t memory[RINGS][CAPACITY];
static struct mt_merge_ring rings[RINGS];
static uint32_t ring_count; /* of them have words */
static struct word words[WORDS_MAX];
static uint32_t word_count;
static uint64_t last_stamps[RINGS];
static uint64_t keys[RINGS];

static void put(uint32_t ring, uint64_t value) {
  uint64_t position = rings[ring].until++;
  memory[ring][position % CAPACITY] = value;
  words[word_count++] =
      (struct word){value, keys[ring], ring, (uint32_t)(position - rings[ring].from)};
}

static void put_event(uint32_t ring) {
  put(ring, (uint64_t)MT_RAW_RELEASE << MT_RAW_KIND_SHIFT | word_count);
}

static void put_stamp(uint32_t ring, uint64_t turn, bool taken) {
  uint64_t position = rings[ring].until, back = position - last_stamps[ring];
  if (last_stamps[ring] == UINT64_MAX || back > MT_RAW_TURN_NO_BACK) back = MT_RAW_TURN_NO_BACK;
  keys[ring] = turn * 2 + !taken;
  put(ring, (uint64_t)MT_RAW_TURN << MT_RAW_KIND_SHIFT | back << MT_RAW_TURN_BACK_SHIFT |
                (uint64_t)taken << MT_RAW_TURN_TAKEN_SHIFT | (turn & TURN_MASK));
  last_stamps[ring] = rings[ring].last_stamp = position;
}

/* Threads that run one after the other in any order, as hooks stamp; the turn after all. */
static uint64_t invent(uint64_t turn, uint32_t steps) {
  word_count = 0;
  ring_count = random_below(4) == 0 ? 1 : RINGS;
  for (uint32_t i = 0; i < ring_count; i++) {
    uint64_t from = random_below(3 * CAPACITY);
    rings[i] = (struct mt_merge_ring){memory[i], CAPACITY, from, from, UINT64_MAX, i};
    last_stamps[i] = UINT64_MAX;
    keys[i] = 0;
    memset(memory[i], 0xb7, sizeof memory[i]); /* what was there looks like stamps */
    for (uint64_t late = random_below(3); late > 0; late--) put_event(i);
  }
  uint64_t noted[RINGS] = {0};
  while (steps-- > 0) {
    uint32_t ring = (uint32_t)random_below(ring_count);
    if (rings[ring].until - rings[ring].from > CAPACITY - 8) break;
    bool take = random_below(4) == 0;
    if (take) turn++;
    if (take || noted[ring] != turn) put_stamp(ring, turn, take);
    noted[ring] = turn;
    for (uint64_t events = 1 + random_below(3); events > 0; events--) put_event(ring);
  }
  return turn;
}

static int compare(const void *a, const void *b) {
  const struct word *one = a, *other = b;
  if (one->key != other->key) return one->key < other->key ? -1 : 1;
  if (one->ring != other->ring) return one->ring < other->ring ? -1 : 1;
  return one->place < other->place ? -1 : one->place > other->place;
}

/* ---- The comparison ---- */

/* Merges until nothing is left, as the stager does; the number of words that came out. */
static uint32_t merge_all(uint64_t before, uint64_t *out, bool *was_partial) {
  uint32_t count = 0, moved;
  do {
    struct mt_merge_run run;
    uint64_t ends[RINGS];
    for (uint32_t i = 0; i < ring_count; i++) ends[i] = rings[i].from;
    mt_merge_begin(rings, ring_count, before);
    moved = count;
    while (mt_merge_next(&run)) {
      if (run.from != ends[run.ring->slot]) return 0; /* a ring's own order is broken */
      for (uint64_t at = run.from; at < run.until; at++)
        out[count++] = run.ring->words[at % CAPACITY];
      ends[run.ring->slot] = run.until;
    }
    for (uint32_t i = 0; i < ring_count; i++) rings[i].from = ends[i];
    *was_partial |= mt_merge_is_partial();
  } while (mt_merge_is_partial() && count != moved);
  return count;
}

static void test(unsigned seed, uint64_t first_turn, bool limited) {
  static uint64_t out[WORDS_MAX];
  bool was_partial = false;
  random_state = seed;
  uint64_t last = invent(first_turn, 1 + (uint32_t)random_below(4000));
  uint64_t before = limited ? first_turn + random_below(last - first_turn + 1) : last + 1;
  qsort(words, word_count, sizeof *words, compare);
  uint32_t expected = 0;
  while (expected < word_count && words[expected].key < before * 2) expected++;
  uint32_t count = merge_all(before, out, &was_partial);
  expect(count == expected, "as many words as belong before the limit", seed);
  bool same = true;
  for (uint32_t i = 0; same && i < count && i < expected; i++) same = out[i] == words[i].value;
  expect(same, "the order of a plain sort", seed);
}

/* A ring of nothing but stamps, as long as the list has room for, and one of few. */
static void test_more_stamps_than_room(void) {
  enum { LONG = 2 * MT_MERGE_STAMPS_MAX };
  static uint64_t many[LONG + 8];
  uint64_t few[4] = {0};
  for (uint64_t i = 0; i < LONG; i++) {
    many[i] = (uint64_t)MT_RAW_TURN << MT_RAW_KIND_SHIFT |
              (i == 0 ? (uint64_t)MT_RAW_TURN_NO_BACK : 1) << MT_RAW_TURN_BACK_SHIFT |
              UINT64_C(1) << MT_RAW_TURN_TAKEN_SHIFT | (10 + 2 * i);
  }
  few[0] = (uint64_t)MT_RAW_TURN << MT_RAW_KIND_SHIFT |
           (uint64_t)MT_RAW_TURN_NO_BACK << MT_RAW_TURN_BACK_SHIFT | (10 + LONG + 1);
  struct mt_merge_ring two[] = {{many, LONG, 0, LONG, LONG - 1, 0}, {few, 4, 0, 2, 0, 1}};
  uint64_t at = 0, merges = 0;
  bool few_came = false, in_order = true;
  do {
    struct mt_merge_run run;
    mt_merge_begin(two, 2, UINT64_C(1) << 40);
    while (mt_merge_next(&run)) {
      struct mt_merge_ring *ring = &two[run.ring->slot];
      ring->from = run.until;
      if (run.ring->slot == 0) {
        at = run.until;
      } else {
        few_came = true;
        in_order = at == LONG / 2 + 1;
      }
    }
  } while (mt_merge_is_partial() && ++merges < 100);
  expect(at == LONG && few_came, "all of many stamps", 0);
  expect(in_order, "the other ring's words between them", 0);
  expect(merges > 0, "several merges", 0);
}

int main(void) {
  if (!mt_merge_start()) return 2;
  for (unsigned seed = 1; seed <= 400; seed++) {
    test(seed, 1, seed % 3 == 0);
    test(seed, TURN_MASK - 300, seed % 3 == 0); /* the upper bits change on the way */
  }
  test_more_stamps_than_room();
  if (failures == 0) puts("the order is that of a plain sort");
  return failures != 0;
}
