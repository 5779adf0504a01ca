/* module_places.c: see module_places.h. */
#include "modules/module_places.h"

#include <stddef.h>

#include "base/segments.h"
#include "trace_format.h"

#define PAGE_BITS 12
#define GRANULE_BITS 23 /* 8 MiB */
#define BRANCH_BITS 36  /* 64 GiB */
#define PAGES (1u << (GRANULE_BITS - PAGE_BITS))
#define GRANULES (1u << (BRANCH_BITS - GRANULE_BITS))
#define BRANCHES (1u << (MT_PC_ADDRESS_BITS - BRANCH_BITS))

/* Marks are one more than the largest incarnation, 0 where there was none. */
struct granule {
  uint16_t *pages; /* uint16_t[PAGES]: marks of single pages, or NULL */
  uint16_t whole;  /* of all its pages */
  uint16_t most;   /* no page has a larger one */
};

static void *branches[BRANCHES]; /* struct granule[GRANULES] */

/* The part of a module in one granule. */
struct part {
  struct granule *granule;
  uint16_t *pages; /* NULL: it fills the granule */
  uint32_t first, end;
};

static uint16_t larger(uint16_t a, uint16_t b) { return a > b ? a : b; }

static void raise(uint16_t *mark, uint16_t to) {
  uint16_t seen = mt_load_relaxed(mark);
  while (seen < to && !mt_cas_acq_rel(mark, &seen, to)) continue;
}

/* The granule with this number, whose branch is there. */
static struct granule *granule_of(uint32_t number) {
  struct granule *granules = branches[number / GRANULES];
  return &granules[number % GRANULES];
}

/* Marks for single pages of a granule; NULL: no memory. */
static uint16_t *obtain_pages(struct granule *granule) {
  uint16_t *pages = mt_load_acquire(&granule->pages); /* pairs with the exchange below */
  if (pages != NULL) return pages;
  uint16_t *fresh = mt_sys_map_private(PAGES * sizeof(uint16_t));
  if (fresh == NULL) return NULL;
  if (!mt_cas_acq_rel(&granule->pages, &pages, fresh)) {
    mt_sys_unmap(fresh, PAGES * sizeof(uint16_t));
    return pages;
  }
  return fresh;
}

/* The part of [at, end) in the granule of `at`; a granule of NULL: no memory. */
static struct part part_at(uint64_t at, uint64_t end) {
  struct part part = {.granule = NULL};
  struct granule *granules =
      mt_segment_obtain(&branches[at >> BRANCH_BITS], GRANULES * sizeof(struct granule));
  if (granules == NULL) return part;
  struct granule *granule = granule_of((uint32_t)(at >> GRANULE_BITS));
  uint64_t first = at >> GRANULE_BITS << GRANULE_BITS, last = first + (UINT64_C(1) << GRANULE_BITS);
  part.first = (uint32_t)((at - first) >> PAGE_BITS);
  part.end = end >= last ? PAGES : (uint32_t)((end - first + (1u << PAGE_BITS) - 1) >> PAGE_BITS);
  if (part.first > 0 || part.end < PAGES) {
    part.pages = obtain_pages(granule);
    if (part.pages == NULL) return part;
  }
  part.granule = granule;
  return part;
}

static uint16_t mark_of(const struct part *part) {
  if (part->pages == NULL) return mt_load_relaxed(&part->granule->most);
  uint16_t mark = mt_load_relaxed(&part->granule->whole);
  for (uint32_t page = part->first; page < part->end; page++)
    mark = larger(mark, mt_load_relaxed(&part->pages[page]));
  return mark;
}

static void set_mark(const struct part *part, uint16_t mark) {
  raise(&part->granule->most, mark);
  if (part->pages == NULL) raise(&part->granule->whole, mark);
  for (uint32_t page = part->first; part->pages != NULL && page < part->end; page++)
    raise(&part->pages[page], mark);
}

static uint64_t next_granule(uint64_t at) { return ((at >> GRANULE_BITS) + 1) << GRANULE_BITS; }

uint16_t mt_module_places_take(uint64_t start, uint64_t end) {
  uint16_t next = 0;
  if (start >= end || end >> MT_PC_ADDRESS_BITS != 0) return MT_PC_INCARNATION_MAX;
  for (uint64_t at = start; at < end; at = next_granule(at)) {
    struct part part = part_at(at, end);
    if (part.granule == NULL) return MT_PC_INCARNATION_MAX;
    next = larger(next, mark_of(&part));
  }
  if (next >= MT_PC_INCARNATION_MAX) return MT_PC_INCARNATION_MAX;
  for (uint64_t at = start; at < end; at = next_granule(at)) {
    struct part part = part_at(at, end);
    set_mark(&part, next + 1);
  }
  return next;
}
