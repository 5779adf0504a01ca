/* invariants.c: see invariants.h. */
#include "rings/invariants.h"

#ifdef MT_CHECK_INVARIANTS

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "unwind/unwind.h"

static __thread int depth;

/* For the allocator below: is the calling thread doing a hook's own work? libunwind may allocate:
 * it is somebody else's code, whose blocks are told apart by mt_unwind_in_libunwind. */
__attribute__((visibility("default"))) int memtrace_in_hook(void);
int memtrace_in_hook(void) { return depth > 0 && mt_unwind_in_libunwind == 0; }

/* What a hook must not do, done on request, so that a test can see that it is noticed. */
static void violate(void) {
  const char *what = getenv("MEMTRACE_VIOLATE");
  if (what == NULL) return;
  if (strcmp(what, "allocation") == 0) free(malloc(1));
  if (strcmp(what, "errno") == 0) errno = EXDEV;
}

struct mt_own_work mt_own_work_begins(void) {
  struct mt_own_work work = {errno};
  if (depth++ == 0) violate();
  return work;
}

void mt_own_work_ends(const struct mt_own_work *work) {
  static const char complaint[] = "memtrace: a hook changed errno\n";
  depth--;
  if (errno == work->error) return;
  mt_sys_write(2, complaint, sizeof complaint - 1);
  __builtin_trap();
}

#endif
