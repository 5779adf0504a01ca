/*
 * namespaces.c: the calls that the kernel grants to single-threaded processes only. The writer's
 * task counts as a thread there, though the program knows nothing of it: it ends before such a call
 * and is started again after it; in between the program's threads write the trace themselves.
 * Without a libc call to see (a raw system call), MEMTRACE_WRITER=inline has the same effect.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>

#include "base/sys.h"
#include "recorder.h"
#include "writer/writer.h"

#define EXPORT __attribute__((visibility("default")))

/* A thread that has ended is counted for a moment still. A refused call has changed nothing. */
#define REFUSED_TRIES 100
#define ALONE(refusal, call)                                                        \
  ({                                                                                \
    bool ended = mt_recorder_is_ours() && mt_writer_end_task();                     \
    int result = (call), tries = 0;                                                 \
    while (ended && result != 0 && errno == (refusal) && tries++ < REFUSED_TRIES) { \
      struct timespec moment = {0, 20000};                                          \
      mt_syscall(SYS_nanosleep, &moment, NULL, 0, 0, 0, 0);                         \
      result = (call);                                                              \
    }                                                                               \
    int error = errno;                                                              \
    if (ended) mt_writer_restart_task();                                            \
    errno = error;                                                                  \
    result;                                                                         \
  })

EXPORT int unshare(int flags) {
  static __typeof__(&unshare) next;
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "unshare");
  if ((flags & (CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) == 0) return next(flags);
  return ALONE(EINVAL, next(flags));
}

EXPORT int setns(int fd, int kind) {
  static __typeof__(&setns) next;
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "setns");
  return ALONE(kind == 0x80 /* CLONE_NEWTIME */ ? EUSERS : EINVAL, next(fd, kind));
}
