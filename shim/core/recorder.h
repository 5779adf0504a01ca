/*
 * recorder.h: recording as a whole: its start, its pauses, its end, and what becomes of it in the
 * child of a fork. Moves mt_hot->state; everything else of the core follows.
 */
#ifndef MEMTRACE_RECORDER_H
#define MEMTRACE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "process/session.h"

struct mt_recorder {
  uint64_t attachment; /* counts mappings of the live region; written by the writer */
  bool started;        /* this process, or the one it was forked from, has recorded */
  int pid;             /* of the process that records: differs in a vfork child */
  int pausing_thread;  /* tid that asked for the pause, 0 when there is none */
  struct mt_session session;
  const char *allocator; /* path of the module that serves malloc below us, or before us: */
  bool preceded;         /* the program's malloc is not ours */
};

extern struct mt_recorder mt_recorder;

/*
 * [init] Starts recording. `allocator` outlives the recorder; `preceded`: see struct mt_recorder.
 * Returns NULL, or why it could not
 * start, as text; the path concerned is then in mt_trace_file.path.
 */
const char *mt_recorder_start(const char *allocator, bool preceded);

/* [hook] True when recording goes on in this child of a fork, after the necessary was done. */
bool mt_recorder_continue_in_child(void);

/* [signal-safe] In the child of a fork, as early as can be: sees to it that a hook which the fork
 * interrupted can come to its end there. */
void mt_recorder_forked(void);

/* [hook] Returns when a pause is over. */
void mt_recorder_wait_while_paused(void);

/* [any, not in a hook] True in the process that records, false in a vfork child of it. */
bool mt_recorder_is_ours(void);

/* [any, not in a hook] Closes the trace; later events are still appended, one by one. */
void mt_recorder_finish(enum mt_end_reason reason, int status);

/* [any, not in a hook] Closes the trace ahead of an exec, and opens it again if the exec failed. */
void mt_recorder_before_exec(void);
void mt_recorder_after_failed_exec(void);

/* [signal-safe] Notes how the program is about to end without closing the trace. */
void mt_recorder_note_end(enum mt_end_reason reason, int status);

/* [hook] Nanoseconds since the trace's start, exact. */
uint64_t mt_recorder_now_ns(void);

#endif
