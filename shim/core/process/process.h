/*
 * process.h: which process records, as what, and over which allocator. Written by the recorder at
 * its start and after a fork; read by everybody above.
 */
#ifndef MEMTRACE_PROCESS_H
#define MEMTRACE_PROCESS_H

#include <stdbool.h>

#include "process/session.h"

struct mt_process {
  bool started;       /* this process, or the one it was forked from, has recorded */
  bool is_stopped;    /* it was asked for: its children record nothing either */
  int pid;            /* of the process that records: differs in a vfork child */
  int pausing_thread; /* tid that asked for the pause, 0 when there is none */
  struct mt_session session;
  const char *allocator; /* path of the module that serves malloc below us, or before us: */
  bool preceded;         /* the program's malloc is not ours */
};

extern struct mt_process mt_process;

#endif
