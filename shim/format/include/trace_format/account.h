/*
 * trace_format/account.h: resident memory, page by page. A part of trace_format.h, which alone
 * includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_ACCOUNT_H
#define MEMTRACE_FORMAT_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

/*
 * An account: which pages of the process were resident at one moment. It is as many records
 * MT_RECORD_ACCOUNT as it takes, its parts, all with the same time_ns, the last with
 * MT_ACCOUNT_LAST. An account that lacks a part was not completed, and says nothing. The process
 * runs on while it is taken: a page is as it was at some time between time_ns and took_ns later.
 * Since 2.2.
 *
 * Behind the header, to the end of the record, stand entries, whose numbers are unsigned LEB128.
 * Pages are addresses divided by page_bytes of the file header. A part can be read without the
 * others. Of what a reader does not know it cannot tell the length: such an account says nothing.
 *
 *   MT_ACCOUNT_REGION  a mapping of the process, or a part of one, that has resident pages; none is
 *     written without. Regions are in the order of their addresses, and do not overlap; what a part
 *     has no room for is a region of the next part, which ends where the first one said
 *     gap      pages from the end of the part's last region (its first: from address 0)
 *     pages    of the region
 *     flags    enum mt_region_flag
 *     [name_bytes, name]  what /proc/PID/maps calls it, without a NUL; not with
 *              MT_REGION_SAME_NAME
 *     runs     (gap, pages << MT_RUN_STATE_BITS | enum mt_run_state) each: pages from the end of
 *              the run before it (the first: from the region's start), and how many are alike.
 *              (0, 0) ends them
 *   MT_ACCOUNT_OWN     page, pages: private memory of the recorder, or of the trace's live file
 *   MT_ACCOUNT_STACK   thread, address, bytes: of a thread of the trace, by its number, an address
 *              on its stack, and how far above that the C library keeps what it has to know of the
 *              thread: for all but the first one that is at the top of the stack's mapping
 */
enum mt_account_entry {
  MT_ACCOUNT_REGION = 1,
  MT_ACCOUNT_OWN = 2,
  MT_ACCOUNT_STACK = 3,
};

enum mt_region_flag {
  MT_REGION_READ = 1,
  MT_REGION_WRITE = 2,
  MT_REGION_EXECUTE = 4,
  MT_REGION_SHARED = 8,
  MT_REGION_FILE = 16,      /* of a file, or of shared memory */
  MT_REGION_SAME_NAME = 32, /* as the part's last region */
};

#define MT_RUN_STATE_BITS 3

/* No bit: resident, and the process's own, if it does not share it with what it was forked from. */
enum mt_run_state {
  MT_RUN_FILE = 1,    /* a page of the file, or of shared memory */
  MT_RUN_SWAPPED = 2, /* not resident */
  MT_RUN_HUGE = 4,    /* part of a huge page */
};

enum mt_account_flag {
  MT_ACCOUNT_LAST = 1,
  MT_ACCOUNT_REFUSED = 2, /* the kernel does not say it (`error`): the account has no entries */
  MT_ACCOUNT_PARTIAL = 4, /* regions were left out, as looking at them would have taken too long */
  MT_ACCOUNT_PLAIN = 8,   /* pages of zeros, which are not resident, could not be told apart */
};

/* Why it was taken. */
enum mt_account_reason {
  MT_ACCOUNT_AT_START = 1,
  MT_ACCOUNT_AT_END = 2,
  MT_ACCOUNT_GROWN = 3, /* more was resident than at the account before it */
  MT_ACCOUNT_ASKED = 4, /* a mark, or a snapshot */
  MT_ACCOUNT_DUE = 5,
};

struct mt_account {
  uint64_t time_ns; /* when it was begun */
  uint64_t took_ns; /* from here on of the last part alone: until it was complete */
  uint32_t part;    /* from 0 */
  uint16_t flags;   /* of each part: enum mt_account_flag */
  uint16_t reason;  /* likewise, enum mt_account_reason */
  int32_t error;    /* errno */
  uint32_t reserved;
  /* The kernel's own sums. */
  uint64_t resident_before_bytes;
  uint64_t resident_after_bytes;
  uint64_t page_table_bytes; /* this and the next are in no resident sum */
  uint64_t swap_bytes;
};

#define MT_ACCOUNT_RECORD_BYTES_MAX (64u << 10)

#ifndef __cplusplus
_Static_assert(sizeof(struct mt_account) == 64, "account layout");
#endif

#endif
