/*
 * recorder.h: recording as a whole: its start, its pauses, its end, and what becomes of it in the
 * child of a fork. Moves the state (process/state.h); everything else of the core
 * follows.
 */
#ifndef MEMTRACE_RECORDER_H
#define MEMTRACE_RECORDER_H

#include <stdbool.h>

#include "trace_format.h"

/*
 * [init] Starts recording. `allocator` outlives the recorder; `preceded`: see process.h.
 * Returns NULL, or why it could not start, as text; the path concerned is then in
 * mt_trace_file.path.
 */
const char *mt_recorder_start(const char *allocator, bool preceded);

/* [signal-safe] In the child of a fork, as early as can be: sees to it that a hook which the fork
 * interrupted can come to its end there, and that the child keeps nothing of its parent's open. */
void mt_recorder_forked(void);

/* [signal-safe] In the parent: counts a child that can record nothing. */
void mt_recorder_has_forked(void);

/* [signal-safe] Process `pid`, this one or a child of it, becomes a program that cannot be
 * recorded: see process/untraced.h. */
void mt_recorder_note_untraced(int pid, const char *path, uint32_t reason);

/* [any, not in a hook] In the child of a fork that has allocated nothing yet: begins its trace, as
 * its first hook would. */
void mt_recorder_arrive(void);

/* [any, not in a hook] True in the process that records, false in a vfork child of it. */
bool mt_recorder_is_ours(void);

/* [any, not in a hook] Closes the trace; later events are still appended, one by one. */
void mt_recorder_finish(enum mt_end_reason reason, int status);

/* [any, not in a hook] Closes the trace for good, here and in children that are forked from now on:
 * the program, or who started it, has asked for it. */
void mt_recorder_stop(void);

/* [signal-safe] Allocations recorded by this process so far, and events lost; 0 if it does not
 * record. */
void mt_recorder_progress(uint64_t *allocations, uint64_t *lost);

/* [any, not in a hook] Closes the trace ahead of an exec, and opens it again if the exec failed. */
void mt_recorder_before_exec(void);
void mt_recorder_after_failed_exec(void);

/* [signal-safe] Notes how the program is about to end without closing the trace. */
void mt_recorder_note_end(enum mt_end_reason reason, int status);

#endif
