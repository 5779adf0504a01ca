/*
 * test_ring.c: a thread's end of its ring (rings/ring.h) without a thread of the program and
 * without a writer: a struct and a ring made by hand, and a reader that takes words as the writer
 * does. Words are numbered, so that what is taken tells whether it is whole and in order.
 */
#include <pthread.h>

#include "base/sys.h"
#include "expect.h"
#include "rings/clock.h"
#include "rings/doorbell.h"
#include "rings/ring.h"
#include "rings/turns.h"

enum { WORDS = 64, EVENTS = 200000 };

static struct mt_live_header header;
static struct {
  struct mt_ring_header ring;
  uint64_t words[WORDS];
} memory;
static struct mt_thread thread;

/* An empty ring of which `ready` words may be used, at position `start`. */
static void begin(uint32_t ready, uint64_t start) {
  memset(&header, 0, sizeof header);
  memset(&memory, 0, sizeof memory);
  memset(&thread, 0, sizeof thread);
  mt_live_region.header = &header;
  mt_live_region.ring_words[0] = ready;
  mt_live_region.ring_wanted[0] = 0;
  mt_doorbell.task = 1; /* the test is the writer */
  thread.ring = &memory.ring;
  thread.words = memory.words;
  thread.words_end = memory.words + WORDS;
  thread.head = memory.ring.head = memory.ring.tail = start;
  thread.next = thread.limit = memory.words + start % WORDS;
  thread.clock_ns = UINT64_MAX; /* no times among the words */
  mt_turn_forget(&thread);
  mt_options.drop_when_full = true;
  mt_state_set(MT_STATE_RECORDING);
}

static uint64_t word_of(uint64_t number) { return (uint64_t)MT_RAW_OTHER << 60 | number; }

/* Writes so many words as one event, numbered from `number` on. */
static bool put(uint32_t words, uint64_t number) {
  uint64_t *room = mt_ring_room(&thread, words);
  if (room == NULL) return false;
  for (uint32_t i = 0; i < words; i++) room[i] = word_of(number + i);
  mt_ring_publish(&thread, words);
  return true;
}

/* Takes what is there; the number that comes after it, if all of it came after `number`. */
static uint64_t take(uint64_t number) {
  uint64_t head = mt_load_acquire(&memory.ring.head), tail = memory.ring.tail;
  for (; tail < head; tail++) {
    uint64_t word = memory.words[tail % WORDS];
    if (word == 0) continue; /* MT_RAW_PAD */
    expect(word == word_of(number), "word %llu is in place", (unsigned long long)number);
    number++;
  }
  mt_store_release(&memory.ring.tail, tail);
  return number;
}

/* ---- One thread ---- */

static void test_full(void) {
  begin(WORDS, 0);
  uint64_t number = 0;
  while (put(3, number)) number += 3;
  expect_number(number, WORDS / 3 * 3);
  expect(!put(3, number), "a full ring stays full");
  expect(memory.words[WORDS - 1] == 0, "what no event fits into is padding");
  expect_number(take(0), number);
  expect(put(3, number), "an emptied one has room");
  expect_number(take(number), number + 3);
  expect(mt_load_relaxed(&thread.next) <= thread.words_end, "within the ring");
}

/* Each size of event, from each position. */
static void test_positions(void) {
  for (uint64_t start = 0; start < WORDS; start++) {
    begin(WORDS, 1000 * WORDS + start);
    uint64_t number = 0, taken = 0;
    for (uint32_t i = 0; i < 200; i++) {
      uint32_t words = 1 + i % MT_RAW_EVENT_WORDS_MAX;
      if (!put(words, number)) {
        taken = take(taken);
        expect(put(words, number), "room again");
      }
      number += words;
    }
    expect_number(take(taken), number);
    expect(thread.head == memory.ring.head, "both positions");
  }
}

/* When recording is over, nobody waits for room that never comes. */
static void test_off(void) {
  begin(WORDS, 0);
  mt_options.drop_when_full = false;
  uint64_t number = 0;
  while (number + 4 <= WORDS && put(4, number)) number += 4;
  mt_state_set(MT_STATE_OFF);
  expect(mt_ring_room(&thread, 4) == NULL, "no room when recording is over");
  expect(mt_ring_room_for_definition(&thread, 4) == NULL, "for definitions neither");
}

/* ---- Hooks that never come back ---- */

/* A handler jumps out of a hook after `words` words were published, and before the struct says so.
 */
static void leave_after_publishing(uint32_t words, uint64_t first) {
  uint64_t *room = mt_ring_room(&thread, words);
  room[0] = first;
  for (uint32_t i = 1; i < words; i++) room[i] = 1;
  thread.sequence_after = thread.sequence + 1;
  mt_store_release(&memory.ring.head, thread.head + words);
}

static void test_recovery(void) {
  static const struct {
    enum mt_raw_kind kind;
    uint32_t words, allocations;
  } cases[] = {{MT_RAW_ALLOCATE, 2, 1}, {MT_RAW_REALLOCATE, 2, 1}, {MT_RAW_RELEASE, 1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    begin(WORDS, 0);
    put(1, 0);
    leave_after_publishing(cases[i].words, (uint64_t)cases[i].kind << MT_RAW_KIND_SHIFT);
    mt_ring_recover(&thread);
    expect_number(thread.head, 1 + cases[i].words);
    expect_number(thread.sequence, cases[i].allocations);
    expect(thread.next == thread.words + thread.head, "where the next word goes");
  }
  begin(WORDS, 0);
  uint64_t *room = mt_ring_room(&thread, 2); /* written, and not published */
  room[0] = room[1] = word_of(7);
  mt_ring_recover(&thread);
  expect(put(2, 0), "the next event");
  expect_number(take(0), 2);
}

/* ---- With a reader beside it ---- */

static uint32_t done;

/* Takes words; grows a young ring to what its owner waits for. */
static void *read_words(void *unused) {
  uint64_t number = 0;
  (void)unused;
  for (;;) {
    bool last = mt_load_acquire(&done) != 0;
    uint64_t wanted = mt_load_acquire(&mt_live_region.ring_wanted[0]);
    if (wanted > mt_load_relaxed(&mt_live_region.ring_words[0])) {
      uint64_t larger = wanted + 7 < WORDS ? wanted + 7 : WORDS;
      mt_store_release(&mt_live_region.ring_words[0], (uint32_t)larger);
    }
    number = take(number);
    mt_doorbell_answer();
    if (last) return (void *)(uintptr_t)number;
  }
}

static void test_beside_a_reader(uint32_t ready) {
  begin(ready, 0);
  mt_options.drop_when_full = false;
  mt_store_release(&done, 0);
  pthread_t reader;
  pthread_create(&reader, NULL, read_words, NULL);
  uint64_t number = 0;
  for (uint32_t i = 0; i < EVENTS; i++) {
    uint32_t words = 1 + i * 7 % MT_RAW_EVENT_WORDS_MAX;
    bool put_it = put(words, number);
    if (!put_it) {
      expect(false, "a waiting thread gets room");
      break;
    }
    number += words;
  }
  mt_store_release(&done, 1);
  void *taken;
  pthread_join(reader, &taken);
  expect_number((uintptr_t)taken, number);
  expect(ready == WORDS || mt_live_region.ring_words[0] == WORDS, "the ring has grown");
}

int main(void) {
  test_full();
  test_positions();
  test_off();
  test_recovery();
  test_beside_a_reader(WORDS);
  test_beside_a_reader(8);
  return expect_status();
}
