/*
 * trace_names.h: the name that a trace gets in its folder, taken so that no two processes take the
 * same one and nothing that anybody still needs is lost: not another program's trace, not a file
 * that is none of ours. Called when a trace begins, never later. [writer] all of it.
 */
#ifndef MEMTRACE_TRACE_NAMES_H
#define MEMTRACE_TRACE_NAMES_H

#include "process/session.h"

/*
 * Creates the trace file of a session, of mode 0600 and under no link, and writes its path to
 * `path` (MT_PATH_BYTES). What is in the way of the first program makes way by a name that is free:
 * an earlier image of this very process becomes trace.PROGRAM.PID.bin, any other file of the same
 * user trace.old.bin, trace.old.2.bin and so on. An old trace gives up its name to the next only
 * when its program has ended and nothing was written to it for a minute. Returns a descriptor or
 * -errno; where a rule of ours refused, *why says which, as text.
 */
int mt_trace_name_take(const struct mt_session *session, char *path, const char **why);

#endif
