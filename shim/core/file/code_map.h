/*
 * code_map.h: names of code that was compiled at run time. Runtimes that are asked to (node with
 * --perf-basic-prof, Python with -X perf, agents of the JVM) list it in /tmp/perf-PID.map, which
 * nobody keeps: its text goes into the trace.
 */
#ifndef MEMTRACE_CODE_MAP_H
#define MEMTRACE_CODE_MAP_H

#include "file/compress.h"

/* [writer] Appends the map of this process as MT_CHUNK_CODE_MAP chunks, if it has one: a regular
 * file of its own user's, not reached through a symbolic link and not older than the process. */
void mt_code_map_append(mt_yield yield);

#endif
