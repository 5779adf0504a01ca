/*
 * writer_parts.h: what writer.c, which does the rounds, and writer_task.c, which starts and ends
 * the task for them, have in common.
 */
#ifndef MEMTRACE_WRITER_PARTS_H
#define MEMTRACE_WRITER_PARTS_H

#include <stdint.h>

#include "trace_format.h"

struct mt_writer {
  /* Shared with whoever makes a request. */
  uint32_t ready;     /* futex: 1 when the trace file is there, 2 when it cannot be */
  uint32_t task_ends; /* 1: the task is to end itself, the trace being in other hands */
  uint32_t request;   /* futex: enum mt_request; the writer sets it back to none */
  struct mt_end end;
  int error;         /* of the start */
  uint32_t absences; /* calls under way during which there must be no task */
  /* The writer's own. */
  uint64_t sleep_ns;
  uint64_t looked_ns;      /* when it last looked at the program */
  uint64_t room_looked_ns; /* and at the room that the disk has */
  uint64_t counted_ns;     /* when it last looked whether there is a flow of events */
  uint64_t words;          /* that rings had held by then */
  uint64_t checked_ns;     /* when the files were last looked after */
};

extern struct mt_writer mt_writer;

/* ---- writer.c ---- */

#define MT_WRITER_SLEEP_MIN_NS UINT64_C(50000)

/* Does rounds until recording ends, or until the task is told to end. */
_Noreturn void mt_writer_run(void);
/* One round, by a thread of the program. */
void mt_writer_do_round_inline(void);
/* Writes all that there is and gives the rings the memory that hooks need to make no system call.
 */
void mt_writer_silence_hooks(void);
void mt_writer_stop_after_error(void);
/* The task is gone, and nobody ended it. */
void mt_writer_mark_task_gone(void);
_Noreturn void mt_writer_exit_task(void);

#endif
