/*
 * session.h: who this process is among the processes of a traced run, and what its trace is
 * called. The first program of a run owns the path that the user asked for; when it becomes another
 * program by exec, the last image owns it. Children get a path of their own beside it.
 *
 * A run is handed on to children in the environment variable MEMTRACE_SESSION:
 * ROOT_PID:ROOT_START_TICKS:PATTERN, the pattern as an absolute path.
 */
#ifndef MEMTRACE_SESSION_H
#define MEMTRACE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "process/options.h"
#include "trace_format.h"

struct mt_session {
  enum mt_image image;
  int pid;
  int root_pid;
  uint64_t start_ticks; /* field 22 of /proc/PID/stat */
  uint64_t root_start_ticks;
  char program[MT_PROGRAM_NAME_BYTES]; /* base name of the executable */
  char executable[MT_PATH_BYTES];
  char pattern[MT_PATH_BYTES];                                    /* absolute */
  char variable[sizeof "MEMTRACE_SESSION=" + MT_PATH_BYTES + 64]; /* for the environment */
};

/* [init] Finds out who we are from mt_options and /proc. NULL, or why that fails. */
const char *mt_session_begin(struct mt_session *session);

/* [hook] The same for the child side of a fork, from the parent's session. */
void mt_session_fork(struct mt_session *session);

/* [writer] Field 22 of /proc/PID/stat of any process in the caller's pid namespace; 0 if it is not
 * known. */
uint64_t mt_session_start_of(int pid);

/* [init] Whether this process is to be traced, by MEMTRACE_FOLLOW and MEMTRACE_ONLY. */
bool mt_session_is_wanted(const struct mt_session *session);

/* [any] True in the first process of the run, which owns the path that the user asked for. */
bool mt_session_is_first(const struct mt_session *session);

/* [writer] Adds `pattern` with %p, %e and %% replaced. True when it named the process (%p). */
bool mt_session_expand(struct mt_text *path, const char *pattern, const char *program, int pid);

#endif
