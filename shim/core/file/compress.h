/*
 * compress.h: zstd in a fixed workspace: appends a chunk whose payload is compressed piece by
 * piece, so that the writer can look after the rings in between. Level 1: the writer shares the
 * machine's processors with the program. [writer] all of it.
 */
#ifndef MEMTRACE_COMPRESS_H
#define MEMTRACE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace_format.h"

/* Called between pieces, every few dozen microseconds. */
typedef void (*mt_yield)(void);

/* [init] Maps the workspace. False when memory for it could not be had. */
bool mt_compress_start(void);

/* Gives the workspace's memory back until it is needed again. */
void mt_compress_give_back(void);

/* Appends `payload` to the trace as one chunk, compressed. Errors end up in mt_trace_file.error. */
void mt_compress_append(enum mt_chunk_type type, const void *payload, size_t bytes, mt_yield yield);

#endif
