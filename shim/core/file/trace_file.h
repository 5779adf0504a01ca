/*
 * trace_file.h: the trace file as the writer sees it: where the next chunk goes, and whether the
 * file is still what was written. Owned by the writer's task, which alone holds the descriptor.
 * What hooks write to is elsewhere (live_region.h): whatever becomes of this file, no hook touches
 * it. Layout in trace_format.h.
 */
#ifndef MEMTRACE_TRACE_FILE_H
#define MEMTRACE_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"
#include "file/descriptor.h"
#include "process/session.h"
#include "process/state.h"
#include "trace_format.h"

struct mt_trace_file {
  int fd;              /* -1: none. Valid in the writer's task only, unless: */
  bool fd_is_shared;   /* it stands among the program's descriptors; see descriptor.h */
  const char *refusal; /* why no trace was created, where that is no errno's doing; or NULL */
  int error;           /* of the first failure: errno, or enum mt_stop; 0 while all is well */
  uint64_t end;        /* where the next chunk goes */
  uint64_t last_chunk; /* offset of the header of the last one; 0 before the first */
  struct mt_chunk_header last_header;
  uint64_t last_end;           /* bytes that the file has at least */
  bool gives_back;             /* what was written leaves the page cache as soon as it can */
  uint64_t mapping_generation; /* counts mappings of the live region; written by the writer, read by
                                  hooks */
  struct mt_file_identity identity;
  char path[MT_PATH_BYTES];
  struct mt_file_header header;
};

extern struct mt_trace_file mt_trace_file;

/* [hook] Nanoseconds since the trace's start, exact. */
static inline uint64_t mt_trace_file_now_ns(void) {
  if (mt_sys_is_forbidden()) return mt_load_relaxed(&mt_hot->clock_ns);
  return mt_sys_clock_ns(CLOCK_MONOTONIC) - mt_trace_file.header.start_monotonic_ns;
}

/* [writer] Creates the file, without a live region. 0 or -errno; nothing is left behind on failure.
 * `fd_is_shared`: see struct mt_trace_file. */
int mt_trace_file_create(const struct mt_session *session, uint64_t monotonic_ns,
                         int64_t realtime_ns, bool fd_is_shared);

/* [writer] Deletes the file that was created. */
void mt_trace_file_remove(void);

/* [writer] Closes the descriptor. */
void mt_trace_file_close(void);

/* [writer] Writes the file's header: the live region is beside it under `live_name`, or (NULL)
 * there is none: not yet, or, of a trace that is closed, not any more. */
void mt_trace_file_write_header(const char *live_name, bool is_closed);

/* [writer] Says in the header of a trace without a live region how the process will end. */
void mt_trace_file_write_end(const struct mt_end *end);

/* [any] A descriptor of the trace in the calling thread's table, or -errno. `task`: tid of the
 * writer's task, which has it open. */
int mt_trace_file_open_again(int task);

/* [writer] From here on `fd` is the descriptor to use. */
void mt_trace_file_use(int fd, bool fd_is_shared);

/* [writer] Looks whether the file is still there, and as long as it was; `error` says if not. */
void mt_trace_file_check(void);

/* [writer] Appends one whole chunk. Write errors stop all later appends (see `error`). */
void mt_trace_file_append(enum mt_chunk_type type, const void *payload, size_t bytes);

/* [writer] Appends a chunk in parts: open at the end of the file, write stored bytes, close. */
struct mt_open_chunk {
  uint64_t offset; /* of the chunk's header */
  uint64_t stored;
  uint32_t crc;
};
struct mt_open_chunk mt_trace_file_open_chunk(void);
void mt_trace_file_write_chunk(struct mt_open_chunk *chunk, const void *bytes, size_t count);
void mt_trace_file_close_chunk(struct mt_open_chunk *chunk, enum mt_chunk_type type,
                               enum mt_compression compression, uint64_t payload_bytes);

/* [hook] In the child of a fork: forgets the parent's file. */
void mt_trace_file_forget(void);

#endif
