/*
 * words.h: the raw words of allocations and releases, as trace_format.h draws them ("Raw words").
 * Every event that a hook writes into a ring is encoded here. Everything is [hook].
 */
#ifndef MEMTRACE_WORDS_H
#define MEMTRACE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "trace_format.h"

/* Bits of an address that an event's first word can hold. */
#define MT_NEAR_BITS (MT_ADDRESS_SHIFT + MT_RAW_ADDRESS_BITS)

/* True for an address that needs a prefix. Blocks there are known by their addresses alone. */
static inline bool mt_is_far(uint64_t address) { return mt_unlikely(address >> MT_NEAR_BITS != 0); }

/* The first word of an event; `address` is not far, or its upper bits are in a prefix. */
static inline uint64_t mt_first_word(enum mt_raw_kind kind, uint64_t detail, uint64_t address) {
  return (uint64_t)kind << MT_RAW_KIND_SHIFT | detail << MT_RAW_DETAIL_SHIFT |
         address >> MT_ADDRESS_SHIFT;
}

/* Writes the prefix of a far address; returns the rest of the address. */
static inline uint64_t mt_put_prefix(uint64_t *word, uint64_t address) {
  *word =
      (uint64_t)MT_RAW_PREFIX << MT_RAW_KIND_SHIFT | address >> MT_NEAR_BITS << 32 | MT_SPACE_HEAP;
  return address & ((UINT64_C(1) << MT_NEAR_BITS) - 1);
}

/* Writes an allocation of a block whose address is not far; returns the words used. */
static inline uint32_t mt_put_near_allocation(uint64_t *words, enum mt_raw_kind kind,
                                              uint64_t detail, uint64_t address, uint32_t stack,
                                              uint64_t bytes) {
  uint32_t count = 2;
  uint64_t size = bytes;
  if (mt_unlikely(bytes >= MT_RAW_SIZE_LARGE)) {
    words[2] = bytes;
    size = MT_RAW_SIZE_LARGE;
    count = 3;
  }
  words[0] = mt_first_word(kind, detail, address);
  words[1] = (uint64_t)stack << 32 | size;
  return count;
}

/* The same for any address. */
static inline uint32_t mt_put_allocation(uint64_t *words, enum mt_raw_kind kind, uint64_t detail,
                                         uint64_t address, uint32_t stack, uint64_t bytes) {
  if (!mt_is_far(address))
    return mt_put_near_allocation(words, kind, detail, address, stack, bytes);
  address = mt_put_prefix(words, address);
  return 1 + mt_put_near_allocation(words + 1, kind, 0, address, stack, bytes);
}

/* Writes an event of one word, MT_RAW_RELEASE or MT_RAW_REALLOC_FAILED, of a block at any address;
 * returns the words used. */
static inline uint32_t mt_put_any(uint64_t *words, enum mt_raw_kind kind, uint64_t address) {
  if (!mt_is_far(address)) {
    words[0] = mt_first_word(kind, 0, address);
    return 1;
  }
  address = mt_put_prefix(words, address);
  words[1] = mt_first_word(kind, 0, address);
  return 2;
}

#endif
