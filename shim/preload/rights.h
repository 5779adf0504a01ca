/*
 * rights.h: what is to be done when the program gives up rights. The writer's task does not share
 * credentials, filters and namespaces with the program's threads. It gives up what a task can give
 * up by itself; where it cannot, it ends before the call, and a new one begins after it with what
 * the calling thread has by then.
 */
#ifndef MEMTRACE_RIGHTS_H
#define MEMTRACE_RIGHTS_H

#include <errno.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include "recorder.h"
#include "rings/clock.h"
#include "writer/writer.h"

/* The result of `call`, which gives up credentials or capabilities; errno is its own. In a vfork
 * child nothing is done: the task is its parent's. */
#define MT_GIVING_UP(call)                                            \
  ({                                                                  \
    __typeof__(call) given_up = (call);                               \
    int after = errno;                                                \
    if (given_up != -1 && mt_recorder_is_ours()) mt_writer_conform(); \
    errno = after;                                                    \
    given_up;                                                         \
  })

/* The same where only a task that begins after the call has no more rights. */
#define MT_LEAVING(call)                                        \
  ({                                                            \
    int before = errno;                                         \
    bool ended = mt_recorder_is_ours() && mt_writer_end_task(); \
    errno = before;                                             \
    __typeof__(call) left = (call);                             \
    int after = errno;                                          \
    if (ended) mt_writer_restart_task();                        \
    errno = after;                                              \
    left;                                                       \
  })

/* Ahead of a prctl with these arguments. */
static inline void mt_rights_before_prctl(long option, long value) {
  if (option != PR_SET_TSC || value == PR_TSC_ENABLE) return;
  mt_store_release(&mt_clock_counterless, 1);
  if (mt_recorder_is_ours()) mt_clock_set(); /* its age is measured in another unit from now on */
}

/* The result of `make(data)`, which installs a seccomp filter: `program`, or NULL for the strict
 * mode, with `flags` of seccomp(2). */
struct sock_fprog;
long mt_rights_filter(const struct sock_fprog *program, unsigned flags, long (*make)(const long *),
                      const long *data);

#endif
