/*
 * proof.h: the words on a stack that a walk was led by. A walk that starts with the same registers
 * comes to the same frames as long as these still hold what it read: each frame's return address,
 * each saved bp that an older frame depends on. They are compared instead of walking again, a few
 * instructions each, and nothing else is looked at.
 *
 * A proof lies in memory from the root to the leaf and is gone through from the leaf on: a word is
 * read only after those below it have proven that its frame is still there. Before its first word
 * stands one that never holds and so ends the search: the end. Proofs of stacks with a common root
 * are one array, each a longer piece of it than the other.
 */
#ifndef MEMTRACE_PROOF_H
#define MEMTRACE_PROOF_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/atomics.h"

struct mt_proof_word {
  uint64_t address;
  uint64_t value; /* what the walk read there */
};

static inline uint64_t mt_word_at(uint64_t address) {
  uint64_t word;
  memcpy(&word, (const void *)(uintptr_t)address, sizeof word); /* a guess may be unaligned */
  return word;
}

/* Does not hold, and no address is 0: the value of an end, or of what is never to be proven. */
static inline void mt_proof_set_never(struct mt_proof_word *word) {
  *word = (struct mt_proof_word){.address = (uint64_t)(uintptr_t)&word->address, .value = 0};
}

static inline bool mt_proof_word_holds(const struct mt_proof_word *word) {
  return mt_likely(mt_word_at(word->address) == word->value);
}

/* [hook] The first word, from `word` on towards the root, that does not hold: the end if all do. */
static inline __attribute__((always_inline)) const struct mt_proof_word *mt_proof_changed(
    const struct mt_proof_word *word) {
  for (;; word -= 8) {
    if (!mt_proof_word_holds(word)) return word;
    if (!mt_proof_word_holds(word - 1)) return word - 1;
    if (!mt_proof_word_holds(word - 2)) return word - 2;
    if (!mt_proof_word_holds(word - 3)) return word - 3;
    if (!mt_proof_word_holds(word - 4)) return word - 4;
    if (!mt_proof_word_holds(word - 5)) return word - 5;
    if (!mt_proof_word_holds(word - 6)) return word - 6;
    if (!mt_proof_word_holds(word - 7)) return word - 7;
  }
}

#endif
