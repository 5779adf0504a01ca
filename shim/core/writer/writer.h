/*
 * writer.h: the thread that empties the rings into the trace. It is a bare kernel task: the C
 * library does not know of it (a process stays single-threaded in its own eyes), it blocks all
 * signals, and it has descriptors and a working directory of its own, so that nothing the program
 * does to its own reaches the trace. Where no such task can be, or is wanted, the program's threads
 * do its work in turns (inline_turn.h).
 */
#ifndef MEMTRACE_WRITER_H
#define MEMTRACE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

enum mt_request {
  MT_REQUEST_NONE = 0,
  MT_REQUEST_CLOSE = 1,  /* close the trace, go on in tail mode */
  MT_REQUEST_PAUSE = 2,  /* close the trace, keep hooks waiting */
  MT_REQUEST_RESUME = 3, /* open it again after MT_REQUEST_PAUSE */
};

/* [init] [hook, in the child of a fork] Starts the writer and waits until the trace file is there.
 * 0 or -errno. */
int mt_writer_start(void);

/* [any] Has the writer do `request` and waits until it is done. `end` is what a close records. */
void mt_writer_request(enum mt_request request, const struct mt_end *end);

/*
 * [any, not in a hook] Ends the task, so that the process has the threads that it knows of and no
 * more; they write the trace themselves (inline_turn.h) until the task is started again. False when
 * there is no task, or none that can hand the trace over: nothing has changed then.
 */
bool mt_writer_end_task(void);
void mt_writer_restart_task(void);

#endif
