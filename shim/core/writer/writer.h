/*
 * writer.h: the thread that empties the rings into the trace. It is a bare kernel task: the C
 * library does not know of it (a process stays single-threaded in its own eyes), it blocks all
 * signals, and it has descriptors and a working directory of its own, so that nothing the program
 * does to its own reaches the trace. Where no such task can be, or is wanted, the program's threads
 * do its work, one at a time (inline_turn.h).
 */
#ifndef MEMTRACE_WRITER_H
#define MEMTRACE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

enum mt_request {
  MT_REQUEST_NONE = 0,
  MT_REQUEST_CLOSE = 1,    /* close the trace, go on in tail mode */
  MT_REQUEST_PAUSE = 2,    /* close the trace, keep hooks waiting */
  MT_REQUEST_RESUME = 3,   /* open it again after MT_REQUEST_PAUSE */
  MT_REQUEST_CONFORM = 4,  /* see mt_writer_conform */
  MT_REQUEST_BE_QUIET = 5, /* see mt_writer_be_quiet */
  MT_REQUEST_NOTE_END = 6, /* see mt_trace_note_end */
  MT_REQUEST_STOP = 7,     /* close the trace for good: it was asked for */
};

/* [init] [hook, in the child of a fork] Starts the writer and waits until the trace file is there;
 * in a child, hooks wait for it that come next. 0 or -errno. */
int mt_writer_start(void);

/* [any] Has the writer do `request` and waits until it is done. `end` is what a close records. */
void mt_writer_request(enum mt_request request, const struct mt_end *end);

/*
 * [any, not in a hook] Ends the task before a call that it must not outlive as it is: the process
 * has the threads that it knows of and no more, and they write the trace themselves
 * (inline_turn.h). Where they cannot reach the trace, recording stops. False when there was no
 * task, or there is nothing to go on with: then none of the following is due. Else one of them is,
 * by the same thread: the task is started again, with the rights of the calling thread (once all
 * such calls have returned); or never.
 */
bool mt_writer_end_task(void);
void mt_writer_restart_task(void);
void mt_writer_stay_inline(void);

/* [any, not in a hook] The program has given up credentials or capabilities: has the task give them
 * up, too, before this returns. */
void mt_writer_conform(void);

/*
 * [any, not in a hook] A filter comes that allows too little. Writes what is there, ends the task,
 * and sees to it that no thread of this process makes a system call for us any more. Hooks then
 * record into what room their rings have left. `_speak_again`: it did not come.
 */
void mt_writer_be_quiet(void);
void mt_writer_speak_again(void);

/* With what a thread has ended itself alone by a system call; read by the task when it is the last.
 */
#define MT_NO_RAW_EXIT INT32_MIN
extern int mt_writer_raw_exit;

#endif
