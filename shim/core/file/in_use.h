/*
 * in_use.h: whether the trace in a file may still be written to, by whichever process of whichever
 * pid namespace, and who wrote it. The proof is a lock that the recorder keeps on the trace and on
 * its live file (an open file description's: it outlives every close but the last, that of a
 * mapping included, and ends with its process, however that ends). Where there is none to be had,
 * the process is looked for: by its pid and its start, within the same boot and the same
 * namespaces. When it cannot be known, a trace is in use. [writer] all of it.
 */
#ifndef MEMTRACE_IN_USE_H
#define MEMTRACE_IN_USE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

/* Says in the header of a trace within which boot and namespaces its process can be looked for. */
void mt_in_use_say_where(struct mt_file_header *header);

/* Locks the file behind `fd` for as long as this descriptor, or a copy or a mapping of it, is
 * there. False where the file system has no locks. */
bool mt_lock_file(int fd);

/* True if the file at `path` is a trace whose program will write no more to it. */
bool mt_trace_is_over(const char *path);

/* True if the file at `path` is a trace of process `pid` that started at `start_ticks`; the name of
 * its program is then in `program` (MT_PROGRAM_NAME_BYTES). */
bool mt_trace_is_of(const char *path, int pid, uint64_t start_ticks, char *program);

/* Deletes the trace at `path`, and the live file that its program left beside it. */
void mt_trace_remove(const char *path);

#endif
