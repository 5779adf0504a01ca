/* pressure.c: see pressure.h. */
#include "writer/pressure.h"

#include <string.h>
#include <sys/resource.h>

#include "base/sys.h"
#include "process/filter.h"

#define WINDOW_NS UINT64_C(200000000)
#define WINDOW_FAULTS_MAX 1u
#define LASTING_NS UINT64_C(5000000000)
#define FIRST_FAULTS 60u /* of the code, and what is touched seldom */

static struct {
  uint64_t before;        /* major faults of the calling thread when the round began */
  uint64_t faults;        /* of all rounds */
  uint64_t window_ns;     /* when the present window began */
  uint64_t window_faults; /* `faults` at that time */
  uint64_t window_pages;  /* that had been used for the first time by then */
  uint64_t high_ns;       /* how long it was high, less what it was not since */
  enum mt_pressure state;
} pressure;

/* Any thread may do the next round: its own faults do not count. */
static uint64_t major_faults(void) {
  struct rusage usage;
  if (mt_filter_forbids(MT_FORBIDS_USAGE)) return 0;
  if (mt_syscall(SYS_getrusage, RUSAGE_THREAD, &usage, 0, 0, 0, 0) != 0) return 0;
  return (uint64_t)usage.ru_majflt;
}

void mt_pressure_forget(void) { memset(&pressure, 0, sizeof pressure); }

void mt_pressure_begin_round(void) { pressure.before = major_faults(); }

enum mt_pressure mt_pressure_end_round(uint64_t now_ns, uint64_t first_pages) {
  uint64_t after = major_faults();
  return mt_pressure_judge(now_ns, after > pressure.before ? after - pressure.before : 0,
                           first_pages);
}

enum mt_pressure mt_pressure_judge(uint64_t now_ns, uint64_t faults, uint64_t first_pages) {
  pressure.faults += faults;
  uint64_t lasted = now_ns - pressure.window_ns;
  if (lasted < WINDOW_NS) return pressure.state;
  uint64_t taken = pressure.faults - pressure.window_faults;
  uint64_t expected = WINDOW_FAULTS_MAX + first_pages - pressure.window_pages;
  pressure.window_ns = now_ns;
  pressure.window_faults = pressure.faults;
  pressure.window_pages = first_pages;
  if (taken <= expected || pressure.faults <= FIRST_FAULTS) {
    pressure.high_ns -= pressure.high_ns < lasted ? pressure.high_ns : lasted;
    if (pressure.high_ns == 0) pressure.state = MT_PRESSURE_NONE;
    return pressure.state;
  }
  pressure.high_ns += lasted < LASTING_NS ? lasted : WINDOW_NS; /* it may have been stopped */
  pressure.state = pressure.high_ns < LASTING_NS ? MT_PRESSURE_HIGH : MT_PRESSURE_LASTING;
  return pressure.state;
}
