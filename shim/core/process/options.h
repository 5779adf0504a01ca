/*
 * options.h: what the environment asks for. Read once, before recording starts; values that mean
 * nothing keep the default, and the trace says so. docs/Guide.md lists the variables for users.
 */
#ifndef MEMTRACE_OPTIONS_H
#define MEMTRACE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "process/thresholds.h"
#include "trace_format.h"

#define MT_PATH_BYTES 4096u
#define MT_VERSION "0.1.0"
#define MT_DEPTH_DEFAULT 256u
#define MT_DEPTH_MAX 4096u
#define MT_PROGRAM_NAME_MAX 255u
#define MT_MILLISECONDS_MAX 4000000000u       /* 46 days */
#define MT_NOTIFY_PATH_BYTES 108u             /* a socket's path is no longer */
#define MT_CONTROL_DIRECTORY "/tmp/memtrace-" /* the user's number follows */

struct mt_options {
  char output[MT_PATH_BYTES];          /* MEMTRACE_OUTPUT, a pattern; "trace.bin" by default */
  bool output_too_long;                /* its beginning is in `output` */
  char shell_directory[MT_PATH_BYTES]; /* PWD: what a shell calls the working directory; or "" */
  uint32_t unwinder;                   /* MEMTRACE_UNWINDER: a place in mt_unwinder_names */
  uint32_t depth;                      /* MEMTRACE_DEPTH: frames kept of a stack */
  bool drop_when_full;                 /* MEMTRACE_ON_FULL=drop: count events instead of waiting */
  bool inline_writer;                  /* MEMTRACE_WRITER=inline: the program's threads write */
  bool exact_order;                    /* MEMTRACE_ORDER=exact: each event has its own turn */
  bool python;                         /* MEMTRACE_PYTHON=off: native frames alone */
  bool python_objects;                 /* MEMTRACE_PYTHON=objects: the blocks in its arenas, too */
  bool follow;                         /* MEMTRACE_FOLLOW=0: the first process alone is traced */
  char only[MT_PROGRAM_NAME_MAX + 1];  /* MEMTRACE_ONLY: the programs of this name are; or "" */
  bool start_paused;                   /* MEMTRACE_START=paused */
  uint64_t after_ns;                   /* MEMTRACE_AFTER_MS: how long to pause at first; 0: not */
  uint64_t for_ns;                     /* MEMTRACE_FOR_MS: how long to record; 0: to the end */
  uint64_t snapshot_every_ns;          /* MEMTRACE_SNAPSHOT_EVERY_MS; 0: not */
  uint64_t account_every_ns;           /* MEMTRACE_ACCOUNT_EVERY_MS; 0: see writer/account.h */
  struct mt_threshold_value warn;      /* MEMTRACE_WARN; its measure is 0 if there is none */
  struct mt_threshold_value critical;  /* MEMTRACE_CRITICAL, likewise */
  bool count_heap;                     /* MEMTRACE_COUNT_HEAP=1, or a threshold of the heap */
  char notify[MT_NOTIFY_PATH_BYTES];   /* MEMTRACE_NOTIFY: the launcher's socket; or "" */
  char control[MT_NOTIFY_PATH_BYTES];  /* MEMTRACE_CONTROL: a folder for sockets; or "" */
  bool not_understood[MT_OPTION_COUNT];
  char session[MT_PATH_BYTES + 64]; /* MEMTRACE_SESSION: set by memtrace itself for children */
};

extern struct mt_options mt_options;

/* fast (default), libunwind, fp, check: in the order of enum mt_unwind_mode. */
extern const char *const mt_unwinder_names[];

/* [init] Fills mt_options from `environment`, a NULL-terminated array of NAME=VALUE. */
void mt_options_read(char **environment);

/* [init] Value of NAME in `environment`, or NULL. */
const char *mt_environment_value(char **environment, const char *name);

#endif
