/* rule_cache.c: see rule_cache.h. */
#include "cfi/rule_cache.h"

#include "base/sys.h"

uint64_t mt_rule_cache[MT_RULE_SETS][2] __attribute__((aligned(4096)));

void mt_rule_cache_insert(uint64_t address, uint32_t rule) {
  if (address >> (MT_RULE_ADDRESS_BITS + 1)) return;
  uint64_t *set = mt_rule_set(address);
  mt_store_relaxed(&set[1], mt_load_relaxed(&set[0]));
  mt_store_relaxed(&set[0], mt_rule_tag(address) << MT_RULE_BITS | rule);
}

void mt_rule_cache_clear(void) { mt_sys_clear_pages(mt_rule_cache, sizeof mt_rule_cache); }
