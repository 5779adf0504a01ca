/*
 * namespaces.c: the calls by which a process moves to other namespaces. The kernel grants some of
 * them to single-threaded processes only, and the writer's task counts as a thread there, though
 * the program knows nothing of it; nor may it stay behind where the program has left. It ends
 * before such a call and is started again after it; in between the program's threads write the
 * trace themselves. Without a libc call to see (a raw system call), MEMTRACE_WRITER=inline has the
 * same effect.
 */
#include "namespaces.h"

#include <errno.h>
#include <sched.h>

#include "base/sys.h"
#include "next_functions.h"
#include "rights.h"

#define EXPORT __attribute__((visibility("default")))

/* A thread that has ended is counted for a moment still. A refused call has changed nothing. */
#define REFUSED_TRIES 100

long mt_namespace_call(long (*make)(const long *), const long *data, bool is_time) {
  int refusal = is_time ? EUSERS : EINVAL;
  bool ended = mt_recorder_is_ours() && mt_writer_end_task();
  long result = make(data);
  for (int tries = 0; ended && result != 0 && errno == refusal && tries < REFUSED_TRIES; tries++) {
    struct timespec moment = {0, 20000};
    mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);
    result = make(data);
  }
  int error = errno;
  if (ended) mt_writer_restart_task();
  errno = error;
  return result;
}

static long make_unshare(const long *data) { return MT_NEXT(unshare)((int)data[0]); }

static long make_setns(const long *data) { return MT_NEXT(setns)((int)data[0], (int)data[1]); }

EXPORT int unshare(int flags) {
  const long data[] = {flags};
  return (int)mt_namespace_call(make_unshare, data, false);
}

EXPORT int setns(int fd, int kind) {
  const long data[] = {fd, kind};
  return (int)mt_namespace_call(make_setns, data, kind == CLONE_NEWTIME);
}
