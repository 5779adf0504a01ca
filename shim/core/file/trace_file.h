/*
 * trace_file.h: the trace file as the writer sees it: where the next chunk goes, and the live
 * region mapped from it. Owned by the writer thread, which alone holds the descriptor; hooks see
 * only the mapped memory. Layout in trace_format.h.
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

/* Chunks have this much room before the live region: a trace that stays below it is cut to its
 * chunks when it is closed, and has no hole. The file is sparse: unused room takes no disk. */
#define MT_CHUNK_ROOM (UINT64_C(32) << 20)

#define MT_STAGING_WORDS (UINT32_C(1) << 17)
#define MT_RING_SLOTS_MAX 1024u
/*
 * The first rings are large: the longer a ring lasts, the seldomer the writer has to wake up, which
 * costs more than what it then does. Where there are more threads, memory counts for more.
 */
#define MT_RING_LARGE_SLOTS 32u
/* Rings are mapped in groups, as threads need them: a process of few threads spends little of what
 * address space it is allowed. */
#define MT_RING_GROUP_SLOTS 4u
#define MT_RING_GROUPS (MT_RING_SLOTS_MAX / MT_RING_GROUP_SLOTS)
#define MT_RING_STRIDE (UINT64_C(64) << 10)
#define MT_RING_LARGE_STRIDE (UINT64_C(256) << 10)
#define MT_RING_WORDS_MAX ((MT_RING_LARGE_STRIDE - sizeof(struct mt_ring_header)) / 8)

struct mt_trace_file {
  int fd;               /* -1: none. Valid in the writer's task only, unless: */
  bool fd_is_shared;    /* it stands among the program's descriptors; see descriptor.h */
  const char *refusal;  /* why no trace was created, where that is no errno's doing; or NULL */
  int error;            /* errno of the first failure; 0 while all is well */
  uint64_t end;         /* where the next chunk goes */
  uint64_t live_offset; /* 0 once the live region is gone */
  uint64_t live_bytes;
  struct mt_live_header *live; /* mapped, shared with the file; private memory after closing */
  char *ring_groups[MT_RING_GROUPS]; /* likewise; NULL: not mapped yet. See ring_ready */
  uint64_t *staging[MT_STAGINGS];
  bool staging_ready[MT_STAGINGS]; /* its blocks are reserved in the file */
  uint32_t ring_slots;             /* slots that there may be */
  uint32_t ring_ready;             /* slots mapped, their blocks reserved in the file */
  bool detached;                   /* the mapping is private memory: see mt_trace_file_detach */
  bool read_ahead;                 /* see mt_trace_file_read_ahead */
  uint64_t
      attachment; /* counts mappings of the live region; written by the writer, read by hooks */
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

/* [writer] Creates the file and maps the live region. 0 or -errno; nothing is left behind on
 * failure. `fd_is_shared`: see struct mt_trace_file. */
int mt_trace_file_create(const struct mt_session *session, uint64_t monotonic_ns,
                         int64_t realtime_ns, bool fd_is_shared);

/* [any] A descriptor of the trace in the calling thread's table, or -errno. `task`: tid of the
 * writer's task, which has it open. */
int mt_trace_file_open_again(int task);

/* [writer] From here on `fd` is the descriptor to use. */
void mt_trace_file_use(int fd, bool fd_is_shared);

/* [writer] Makes ring slots [0, count) usable: their blocks are reserved, so that a full disk
 * cannot raise SIGBUS in a hook. False when the disk refused; where there is no address space for
 * more, ring_slots becomes what there is. */
bool mt_trace_file_reserve_rings(uint32_t count);

/* [writer] Reserves staging `index`. */
bool mt_trace_file_reserve_staging(unsigned index);

/*
 * [writer] More than a few pages of the live region will be used: from here on a fault may bring in
 * those behind it, too. Until then it brings in one. A short program needs no more, and the kernel
 * reads ahead as far as the disk's setting says: up to all of it, cleared for nothing.
 */
void mt_trace_file_read_ahead(void);

/* [writer] Bytes of the live region that are resident. `buffer` is to work in. */
uint64_t mt_trace_file_resident(unsigned char *buffer, size_t buffer_bytes);

/* From a ring of this slot's group to the next. */
static inline uint64_t mt_ring_stride(uint32_t slot) {
  return slot < MT_RING_LARGE_SLOTS ? MT_RING_LARGE_STRIDE : MT_RING_STRIDE;
}

/* Words that the ring of a slot holds. */
static inline uint64_t mt_ring_words(uint32_t slot) {
  return (mt_ring_stride(slot) - sizeof(struct mt_ring_header)) / 8;
}

/* [any] Ring of slot `index`, which is below ring_ready. */
static inline struct mt_ring_header *mt_trace_file_ring(uint32_t index) {
  char *group = mt_trace_file.ring_groups[index / MT_RING_GROUP_SLOTS];
  return (struct mt_ring_header *)(group + index % MT_RING_GROUP_SLOTS * mt_ring_stride(index));
}

/* [writer] Appends one whole chunk. Write errors stop all later appends (see `error`). */
void mt_trace_file_append(enum mt_chunk_type type, const void *payload, size_t bytes);

/* [writer] Appends a chunk in parts: open at the end of the file, write stored bytes, close. */
struct mt_open_chunk {
  uint64_t offset; /* of the chunk's header */
  uint64_t stored;
  uint32_t crc;
};
struct mt_open_chunk mt_trace_file_open_chunk(uint64_t stored_bound);
void mt_trace_file_write_chunk(struct mt_open_chunk *chunk, const void *bytes, size_t count);
void mt_trace_file_close_chunk(struct mt_open_chunk *chunk, enum mt_chunk_type type,
                               enum mt_compression compression, uint64_t payload_bytes);

/*
 * [writer] Closes the trace: the live region leaves the file (no hook may be in flight), whose
 * mapping is replaced by private memory; later chunks are still
 * appended. _attach brings the region back empty, with ring slots [0, rings) usable.
 */
void mt_trace_file_detach(void);
bool mt_trace_file_attach(uint32_t rings);

/* [hook] In the child of a fork: forgets the parent's file and mapping. */
void mt_trace_file_forget(void);

/* [hook] Likewise, with private memory in the place of the parent's mapping. */
void mt_trace_file_abandon(void);

#endif
