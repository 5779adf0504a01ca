/*
 * trace_phases.h: the states of a process's trace, from its beginning to its end: what the first
 * and the last chunks say, and how hooks are brought to rest while the live region goes and comes
 * back. Everything here is [writer].
 */
#ifndef MEMTRACE_TRACE_PHASES_H
#define MEMTRACE_TRACE_PHASES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

/* Creates the trace, with what can be said at once. 0 or -errno. */
int mt_trace_begin(void);

/*
 * [hook, in the child of a fork] Most children end, or become another program, after some calls.
 * Until it has proved to be another one a child has no live file, and each call is a chunk before
 * it returns: that costs less. Hooks may begin at once, in MT_STATE_SHORT, and wait for the task,
 * which then begins the trace. False without memory.
 */
bool mt_trace_begin_short(void);

/* Gives a trace that has none its live file, unless the process is still short; at once if it
 * `must` have one. After an error the trace is closed. */
void mt_trace_grow_up(bool must, void (*drain)(void));

/* How long a short process is not looked at; 0 once it has grown up. */
uint64_t mt_trace_short_life_ns(uint64_t now);

/* Records what memory the process has, unless that was done a moment ago. */
void mt_trace_sample_memory(uint64_t now);

/* What was resident at the last look. */
uint64_t mt_trace_resident_bytes(void);

/* Records which programs were noted as untraced, if any. */
void mt_trace_say_untraced(uint64_t now);

/* [writer] Once a second: what the map of code that was compiled at run time has grown by. */
void mt_trace_take_code_map(uint64_t now, void (*drain)(void));

/* Doubles what threads may allocate without a turn, and records that, where turns are so frequent
 * that they cost too much. */
void mt_trace_watch_order(uint64_t now);

/* Records that the program's own threads write the trace from here on, for want of a task. */
void mt_trace_note_no_task(int error);

/*
 * Brings hooks to rest and closes the trace. With `go_on`, hooks go on in tail mode; else they wait
 * until the trace is reopened. `drain` empties the rings meanwhile. After an error of the file
 * nothing is closed.
 */
void mt_trace_close(const struct mt_end *end, bool go_on, void (*drain)(void));
void mt_trace_reopen(void);

/* Notes how the process will end, should the trace not be closed. */
void mt_trace_note_end(const struct mt_end *end);

/* Records that nobody writes the trace from here on: a seccomp filter forbids what that takes. */
void mt_trace_say_filtered(void);

/*
 * Looks whether anybody has removed, cut or replaced the trace (mt_trace_file.error says so), or
 * waits to cut the live file: recording stops then. `drain` as above.
 */
void mt_trace_look_after_files(void (*drain)(void));

/* Stops recording for a reason that leaves the trace sound: what the live file holds goes to the
 * trace, and hooks off the file. */
void mt_trace_give_way(enum mt_stop reason, void (*drain)(void));

/* After an error of the file: no hook records any more. */
void mt_trace_stop(void);

#endif
