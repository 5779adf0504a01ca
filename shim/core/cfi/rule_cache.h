/*
 * rule_cache.h: the process's rules by address. An entry is one word, so that readers and writers
 * need no lock and an entry is never torn: 35 bits of tag, 28 bits of rule (rule.h). Two ways a
 * set; the newer rule of a set stands in front. A short thread starts with what others learnt.
 *
 * The upper half of the keys, MT_RULE_CONTEXT above an address, holds what async.c learnt there.
 */
#ifndef MEMTRACE_RULE_CACHE_H
#define MEMTRACE_RULE_CACHE_H

#include <stdint.h>

#include "base/atomics.h"
#include "cfi/rule.h"

#define MT_RULE_SET_BITS 13
#define MT_RULE_SETS (1u << MT_RULE_SET_BITS)
#define MT_RULE_ADDRESS_BITS 47 /* of a user address */
#define MT_RULE_CONTEXT (UINT64_C(1) << MT_RULE_ADDRESS_BITS)

/* entry = tag << MT_RULE_BITS | rule; 0 is empty. Written and read relaxed: an entry is complete
 * in itself. 128 KB. */
extern uint64_t mt_rule_cache[MT_RULE_SETS][2];

/* Tag and set together are the whole address: the set alone mixes its parts. */
static inline uint64_t mt_rule_tag(uint64_t address) { return address >> MT_RULE_SET_BITS; }

static inline uint64_t *mt_rule_set(uint64_t address) {
  return mt_rule_cache[(address ^ address >> MT_RULE_SET_BITS) & (MT_RULE_SETS - 1)];
}

/* [hook] The rule at `address`, 0 when it is not known. */
static inline uint32_t mt_rule_cache_find(uint64_t address) {
  const uint64_t *set = mt_rule_set(address);
  uint64_t tag = mt_rule_tag(address);
  uint64_t entry = mt_load_relaxed(&set[0]);
  if (mt_likely(entry >> MT_RULE_BITS == tag)) return entry & ((1u << MT_RULE_BITS) - 1);
  entry = mt_load_relaxed(&set[1]);
  if (mt_likely(entry >> MT_RULE_BITS == tag)) return entry & ((1u << MT_RULE_BITS) - 1);
  return 0;
}

/* [hook] Remembers a rule; one of an address above both halves is forgotten. */
void mt_rule_cache_insert(uint64_t address, uint32_t rule);

/* [hook] Forgets everything. */
void mt_rule_cache_clear(void);

#endif
