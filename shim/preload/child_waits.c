/*
 * child_waits.c: the calls by which a process learns how a child ended. They do what they always
 * did; that a child was killed by a signal is noted in the child's trace, which it could not close.
 */
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/sys.h"
#include "file/child_end.h"
#include "next_functions.h"
#include "trace_format.h"

#define EXPORT __attribute__((visibility("default")))

/* A wait that took longer was one, and no delay on the way: the child ran when it began. */
#define AT_ONCE_NS ((uint64_t)MT_LIVE_CLOCK_NS)

static uint64_t now(void) { return mt_sys_clock_ns(CLOCK_MONOTONIC); }

static void note_killed(pid_t child, int signal, uint64_t began) {
  mt_child_killed(child, signal, now() - began > AT_ONCE_NS);
}

static void note(pid_t child, int status, uint64_t began) {
  if (child > 0 && WIFSIGNALED(status)) note_killed(child, WTERMSIG(status), began);
}

EXPORT pid_t waitpid(pid_t which, int *status, int options) {
  int own_status = 0, *seen = status != NULL ? status : &own_status;
  uint64_t began = now();
  pid_t child = MT_NEXT(waitpid)(which, seen, options);
  note(child, child > 0 ? *seen : 0, began);
  return child;
}

EXPORT pid_t wait(int *status) { return waitpid(-1, status, 0); }

EXPORT pid_t wait4(pid_t which, int *status, int options, struct rusage *usage) {
  int own_status = 0, *seen = status != NULL ? status : &own_status;
  uint64_t began = now();
  pid_t child = MT_NEXT(wait4)(which, seen, options, usage);
  note(child, child > 0 ? *seen : 0, began);
  return child;
}

EXPORT pid_t wait3(int *status, int options, struct rusage *usage) {
  return wait4(-1, status, options, usage);
}

EXPORT int waitid(idtype_t kind, id_t which, siginfo_t *information, int options) {
  uint64_t began = now();
  int result = MT_NEXT(waitid)(kind, which, information, options);
  if (result == 0 && information != NULL && information->si_pid > 0 &&
      (information->si_code == CLD_KILLED || information->si_code == CLD_DUMPED)) {
    if ((options & WNOWAIT) == 0) note_killed(information->si_pid, information->si_status, began);
  }
  return result;
}
