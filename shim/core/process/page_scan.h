/*
 * page_scan.h: which pages of this process are resident, by /proc/self/pagemap: asked for runs of
 * pages where the kernel has PAGEMAP_SCAN (since Linux 6.7), else page by page. One call looks at
 * so little that a thread of the program that wants to map something waits for less than a
 * millisecond. Knows descriptors and addresses, not the trace. [writer] all of it.
 */
#ifndef MEMTRACE_PAGE_SCAN_H
#define MEMTRACE_PAGE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

struct mt_page_scan {
  int fd;        /* of pagemap */
  bool is_plain; /* page by page */
  uint64_t span; /* bytes that the next call looks at, at most */
};

/* 0 or -errno: nothing was opened. */
int mt_page_scan_open(struct mt_page_scan *scan);

/*
 * Looks at pages from `from` on, at most up to `to`; both are at page boundaries of one mapping.
 * `take` is told of the runs of pages that are resident or swapped, in their order, with an enum
 * mt_run_state: two that touch may be alike. Where it goes on; `from` itself when the kernel
 * refuses.
 */
uint64_t mt_page_scan(struct mt_page_scan *scan, uint64_t from, uint64_t to,
                      void (*take)(uint64_t start, uint64_t end, uint32_t state));

#endif
