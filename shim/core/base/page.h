/*
 * page.h: the size of a page of memory, the unit of mappings and of what the kernel counts. A power
 * of two, at most 64 KiB on the machines that we record. [hook] [signal-safe]
 */
#ifndef MEMTRACE_PAGE_H
#define MEMTRACE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"

static inline uint64_t mt_page_bytes(void) { return mt_machine_page_bytes(); }

/* Do the `bytes` bytes of which the last is at `address` lie on one page? */
static inline bool mt_page_holds(uint64_t address, uint64_t bytes) {
  return address % mt_page_bytes() + 1 >= bytes;
}

/* The first byte of the page that holds `address`; the first at or behind it that begins a page. */
static inline uint64_t mt_page_start(uint64_t address) { return address & -mt_page_bytes(); }
static inline uint64_t mt_page_end(uint64_t address) {
  return (address + mt_page_bytes() - 1) & -mt_page_bytes();
}

#endif
