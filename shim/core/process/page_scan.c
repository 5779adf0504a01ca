/* page_scan.c: see page_scan.h. The kernel's admin-guide/mm/pagemap describes what it says. */
#include "process/page_scan.h"

#include <fcntl.h>
#include <stddef.h>
#include <time.h>

#include "base/page.h"
#include "base/sys.h"
#include "process/filter.h"
#include "trace_format.h"

/* As <linux/fs.h> has them, which may be older than the kernel. */
struct found_region {
  uint64_t start, end, categories;
};
struct scan_request {
  uint64_t size, flags, start, end, walk_end, vector, vector_length, pages_max;
  uint64_t inverted, mask, any_of, returned;
};
_Static_assert(sizeof(struct scan_request) == 96, "PAGEMAP_SCAN layout");
_Static_assert(MT_PAGEMAP_SCAN == (3u << 30 | sizeof(struct scan_request) << 16 | 'f' << 8 | 16),
               "_IOWR('f', 16, struct pm_scan_arg)");
enum {
  IS_FILE = 1 << 2,
  IS_PRESENT = 1 << 3,
  IS_SWAPPED = 1 << 4,
  IS_ZERO = 1 << 5,
  IS_HUGE = 1 << 6
};

/* Of an entry of the file. */
#define ENTRY_FILE (UINT64_C(1) << 61)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)
#define ENTRY_PRESENT (UINT64_C(1) << 63)

/*
 * The kernel holds the address space's lock for reading while it looks. That takes some 50 ns for a
 * page that is there and 1 to 4 ns for one that could be, while whole tables that are not there
 * cost nothing.
 */
#define PAGES_MAX 4096u
#define SPAN_MIN (UINT64_C(16) << 20)
#define SPAN_MAX (UINT64_C(1) << 30)
#define QUICK_NS 20000u

#define REGIONS_MAX 256u
#define ENTRIES_MAX 1024u

static union {
  struct found_region regions[REGIONS_MAX];
  uint64_t entries[ENTRIES_MAX];
} found;

int mt_page_scan_open(struct mt_page_scan *scan) {
  long fd = mt_sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return (int)fd;
  *scan = (struct mt_page_scan){
      .fd = (int)fd, .is_plain = mt_filter_forbids(MT_FORBIDS_SCANNING), .span = SPAN_MIN};
  return 0;
}

static uint32_t state_of(uint64_t categories) {
  return (categories & IS_FILE ? MT_RUN_FILE : 0) | (categories & IS_SWAPPED ? MT_RUN_SWAPPED : 0) |
         (categories & IS_HUGE ? MT_RUN_HUGE : 0);
}

/* 0 when the kernel has no such call. */
static uint64_t ask(struct mt_page_scan *scan, uint64_t from, uint64_t to,
                    void (*take)(uint64_t, uint64_t, uint32_t)) {
  uint64_t end = to - from > scan->span ? from + scan->span : to;
  struct scan_request request = {
      .size = sizeof request,
      .start = from,
      .end = end,
      .vector = (uintptr_t)found.regions,
      .vector_length = REGIONS_MAX,
      .pages_max = PAGES_MAX,
      .any_of = IS_PRESENT | IS_SWAPPED,
      .returned = IS_FILE | IS_PRESENT | IS_SWAPPED | IS_ZERO | IS_HUGE,
  };
  uint64_t began_ns = mt_sys_clock_ns(CLOCK_MONOTONIC);
  long count = mt_syscall(SYS_ioctl, scan->fd, MT_PAGEMAP_SCAN, &request, 0, 0, 0);
  if (count < 0 || request.walk_end <= from || request.walk_end > end) return 0;
  bool is_quick = mt_sys_clock_ns(CLOCK_MONOTONIC) - began_ns < QUICK_NS;
  scan->span = is_quick && scan->span < SPAN_MAX ? 2 * scan->span : is_quick ? SPAN_MAX : SPAN_MIN;
  for (long i = 0; i < count && i < REGIONS_MAX; i++) {
    const struct found_region *region = &found.regions[i];
    if ((region->categories & IS_ZERO) == 0)
      take(region->start, region->end, state_of(region->categories));
  }
  return request.walk_end;
}

static uint64_t read_entries(const struct mt_page_scan *scan, uint64_t from, uint64_t to,
                             void (*take)(uint64_t, uint64_t, uint32_t)) {
  uint64_t page = mt_page_bytes(), pages = (to - from) / page;
  if (pages > ENTRIES_MAX) pages = ENTRIES_MAX;
  long length = mt_sys_read_at(scan->fd, found.entries, pages * sizeof(uint64_t),
                               from / page * sizeof(uint64_t));
  if (length < (long)sizeof(uint64_t)) return from;
  pages = (uint64_t)length / sizeof(uint64_t);
  uint64_t start = 0;
  uint32_t state = UINT32_MAX; /* of the run from `start` on; none */
  for (uint64_t i = 0; i <= pages; i++) {
    uint32_t next = UINT32_MAX;
    if (i < pages && (found.entries[i] & (ENTRY_PRESENT | ENTRY_SWAPPED)) != 0) {
      next = (found.entries[i] & ENTRY_FILE ? MT_RUN_FILE : 0) |
             (found.entries[i] & ENTRY_SWAPPED ? MT_RUN_SWAPPED : 0);
    }
    if (next == state) continue;
    if (state != UINT32_MAX) take(from + start * page, from + i * page, state);
    start = i;
    state = next;
  }
  return from + pages * page;
}

uint64_t mt_page_scan(struct mt_page_scan *scan, uint64_t from, uint64_t to,
                      void (*take)(uint64_t start, uint64_t end, uint32_t state)) {
  if (!scan->is_plain) {
    uint64_t end = ask(scan, from, to, take);
    if (end != 0) return end;
    scan->is_plain = true;
  }
  return read_entries(scan, from, to, take);
}
