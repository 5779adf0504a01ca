/* pages.c: see pages.h. An entry is a page's address with the generation under which it was seen in
 * its low bits. */
#include "python/pages.h"

#include "base/page.h"
#include "base/readable.h"

#define PAGE_BITS 11
#define GENERATIONS 4096u /* as many as a page's address has low bits */

static uint64_t pages[1u << PAGE_BITS];
static uint64_t generation = 1;

bool mt_pages_readable(uint64_t address, uint64_t bytes) {
  uint64_t now = mt_load_acquire(&generation) % GENERATIONS; /* before what it stands for */
  uint64_t end = address + bytes;
  if (end < address) return false;
  for (uint64_t page = mt_page_start(address); page < end; page += mt_page_bytes()) {
    uint64_t hash = page / mt_page_bytes() * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t *entry = &pages[hash >> (64 - PAGE_BITS)];
    if (mt_likely(mt_load_relaxed(entry) == (page | now))) continue;
    if (!mt_readable_now(page, 1)) return false;
    mt_store_relaxed(entry, page | now);
  }
  return true;
}

void mt_pages_forget(void) {
  /* Generations come round: an entry of so long ago must not count. 0 is none. */
  uint64_t next = mt_add_acq_rel(&generation, 1) + 1;
  if (next % GENERATIONS != 0) return;
  for (uint32_t i = 0; i < 1u << PAGE_BITS; i++) mt_store_relaxed(&pages[i], 0);
  mt_add_acq_rel(&generation, 1);
}
