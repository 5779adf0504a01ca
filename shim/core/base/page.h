/*
 * page.h: the size of a page of memory, the unit of mappings and of what the kernel counts. A power
 * of two, at most 64 KiB on the machines that we record. [hook] [signal-safe]
 */
#ifndef MEMTRACE_PAGE_H
#define MEMTRACE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/*
 * Copies into pages of a file without a store that lies in two of them. Such a store needs both
 * pages writable at once. Of a full file system btrfs makes one page writable by writing out all
 * dirty pages of the file, which makes the other one read-only again: the store would never end.
 */
static inline void mt_page_copy(void *to, const void *from, size_t bytes) {
  char *end = (char *)to + bytes;
  for (char *at = to; at < end;) {
    size_t part = mt_page_bytes() - (uintptr_t)at % mt_page_bytes();
    if (part > (size_t)(end - at)) part = (size_t)(end - at);
    memcpy(at, from, part);
    at += part;
    from = (const char *)from + part;
  }
}

#endif
