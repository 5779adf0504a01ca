/* readable.c: see readable.h. */
#include "base/readable.h"

#include "base/page.h"
#include "base/sys.h"

#define GAP_BYTES_MAX (UINT64_C(1) << 20) /* larger holes are not filled: a new stretch begins */

/*
 * A signal mask is set from `page` in a way that does not exist. The kernel copies the mask first:
 * EFAULT where it cannot, EINVAL where it can; nothing is changed either way. Where a filter
 * answers in the kernel's place nothing is known, so nothing may be read.
 */
static bool page_readable(uint64_t page) {
  return mt_syscall(SYS_rt_sigprocmask, -1, page, 0, 8, 0, 0) == -22 /* EINVAL */;
}

static bool pages_readable(uint64_t start, uint64_t end) {
  for (uint64_t page = start; page < end; page += mt_page_bytes())
    if (!page_readable(page)) return false;
  return true;
}

/* Widens a stretch to contain [start, end), when it is near and no hole lies between. */
static bool widen(struct mt_stretch *stretch, uint64_t start, uint64_t end) {
  if (stretch->end == 0) return false;
  if (start >= stretch->start && start <= stretch->end + GAP_BYTES_MAX && end > stretch->end) {
    if (!pages_readable(stretch->end, end)) return false;
    stretch->end = end;
    return true;
  }
  if (end <= stretch->end && end + GAP_BYTES_MAX >= stretch->start && start < stretch->start) {
    if (!pages_readable(start, stretch->start)) return false;
    stretch->start = start;
    return true;
  }
  return false;
}

/* Empty in between: a handler that jumps away must not leave the start of one, the end of another.
 */
static void set(struct mt_stretch *stretch, struct mt_stretch value) {
  stretch->end = 0;
  mt_signal_fence();
  stretch->start = value.start;
  mt_signal_fence();
  stretch->end = value.end;
  mt_signal_fence();
}

/* Before all others but the stack's. */
static void bring_to_front(struct mt_readable *known, unsigned index, struct mt_stretch stretch) {
  unsigned front = mt_stretch_holds(&known->stretches[0], known->sp) ? 1 : 0;
  for (unsigned i = index; i > front; i--) set(&known->stretches[i], known->stretches[i - 1]);
  set(&known->stretches[front], stretch);
}

bool mt_readable_touches(const struct mt_readable *known, uint64_t start, uint64_t end) {
  for (unsigned i = 0; i < MT_READABLE_STRETCHES; i++) {
    if (known->stretches[i].start < end && start < known->stretches[i].end) return true;
  }
  return false;
}

static bool is_user_range(uint64_t address, uint64_t last) {
  return last >= address && address >= mt_page_bytes() && last >> 47 == 0;
}

bool mt_readable_now(uint64_t address, uint64_t bytes) {
  uint64_t last = address + bytes - 1;
  return is_user_range(address, last) && pages_readable(mt_page_start(address), last + 1);
}

__attribute__((noinline)) bool mt_readable_ask(struct mt_readable *known, uint64_t address,
                                               uint64_t bytes) {
  uint64_t last = address + bytes - 1;
  if (!is_user_range(address, last)) return false;
  for (unsigned i = 1; i < MT_READABLE_STRETCHES; i++) {
    struct mt_stretch stretch = known->stretches[i];
    if (address < stretch.start || last >= stretch.end) continue;
    bring_to_front(known, i, stretch);
    return true;
  }
  uint64_t start = mt_page_start(address), end = mt_page_end(last + 1);
  if (!pages_readable(start, end)) return false;
  if (!widen(&known->stretches[0], start, end))
    bring_to_front(known, MT_READABLE_STRETCHES - 1, (struct mt_stretch){start, end});
  return true;
}
