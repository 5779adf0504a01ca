/*
 * module_set.h: a set of module numbers, of those that are mapped now. A program may open
 * and close libraries for as long as it runs, while few are mapped at a time: what is done at each
 * opening and closing must not look at all that ever were. Used by modules.c.
 */
#ifndef MEMTRACE_MODULE_SET_H
#define MEMTRACE_MODULE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

/* More are not told apart: see MT_PC_INCARNATION_MAX. */
#define MT_MODULES_MAX (1u << 20)

/* A set of module numbers: a bit each, and above them one for every word that has a bit. */
struct mt_module_set {
  uint64_t words[MT_MODULES_MAX / 64];
  uint64_t summary[MT_MODULES_MAX / 64 / 64];
};

/* [hook] [signal-safe] Puts a number into the set, or takes it out. */
static inline void mt_module_set_add(struct mt_module_set *set, uint32_t number) {
  uint32_t word = number / 64;
  __atomic_fetch_or(&set->words[word], UINT64_C(1) << number % 64, __ATOMIC_ACQ_REL);
  __atomic_fetch_or(&set->summary[word / 64], UINT64_C(1) << word % 64, __ATOMIC_ACQ_REL);
}

/* Each bit that goes is looked at once more: another thread may just have come with its own. */
static inline void mt_module_set_remove(struct mt_module_set *set, uint32_t number) {
  uint64_t *word = &set->words[number / 64], *summary = &set->summary[number / 64 / 64];
  uint64_t bit = UINT64_C(1) << number % 64, word_bit = UINT64_C(1) << number / 64 % 64;
  if ((__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & ~bit) != 0) return;
  __atomic_fetch_and(summary, ~word_bit, __ATOMIC_ACQ_REL);
  if (mt_load_acquire(word) != 0) __atomic_fetch_or(summary, word_bit, __ATOMIC_ACQ_REL);
}

/* [hook] The first number of the set from `number` on that is below `end`; `end` if there is none.
 */
static inline uint32_t mt_module_set_next(const struct mt_module_set *set, uint32_t number,
                                          uint32_t end) {
  while (number < end) {
    uint32_t word = number / 64;
    uint64_t bits = mt_load_acquire(&set->words[word]) >> number % 64;
    if (bits != 0) {
      number += (uint32_t)__builtin_ctzll(bits);
      return number < end ? number : end;
    }
    if (++word % 64 != 0) { /* the next word of this summary that has a bit */
      uint64_t words = mt_load_acquire(&set->summary[word / 64]) >> word % 64;
      word = words != 0 ? word + (uint32_t)__builtin_ctzll(words) : (word / 64 + 1) * 64;
    }
    number = word * 64;
  }
  return end;
}

#endif
