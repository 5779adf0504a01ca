/*
 * code_map.h: names of code that was compiled at run time. Runtimes that are asked to (node with
 * --perf-basic-prof, Python with -X perf, agents of the JVM) list it in /tmp/perf-PID.map, which
 * nobody keeps: its text goes into the trace.
 */
#ifndef MEMTRACE_CODE_MAP_H
#define MEMTRACE_CODE_MAP_H

#include "file/compress.h"

/* [writer] Appends what the map of this process has grown by since the last call as
 * MT_CHUNK_CODE_MAP chunks, if there is one: a regular file of its own user's, not reached through
 * a symbolic link and not older than the process. Called now and then while the program runs, so
 * that a process that is killed leaves all but the last of its map, and when the trace is closed.
 */
void mt_code_map_append(mt_yield yield);

#endif
