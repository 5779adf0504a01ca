/*
 * page.h: the size of a page of memory, the unit of mappings and of what the kernel counts. A power
 * of two, at most 64 KiB on the machines that we record. [hook] [signal-safe]
 */
#ifndef MEMTRACE_PAGE_H
#define MEMTRACE_PAGE_H

#include <stdint.h>
#if !defined(__x86_64__)
#include <sys/auxv.h>
#endif

static inline uint64_t mt_page_bytes(void) {
#if defined(__x86_64__)
  return 4096; /* the architecture has no other */
#else
  return getauxval(AT_PAGESZ);
#endif
}

/* The first byte of the page that holds `address`; the first at or behind it that begins a page. */
static inline uint64_t mt_page_start(uint64_t address) { return address & -mt_page_bytes(); }
static inline uint64_t mt_page_end(uint64_t address) {
  return (address + mt_page_bytes() - 1) & -mt_page_bytes();
}

#endif
