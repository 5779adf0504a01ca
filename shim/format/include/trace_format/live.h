/*
 * trace_format/live.h: the rings and stagings of a process that is recorded. A part of
 * trace_format.h, which alone includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_LIVE_H
#define MEMTRACE_FORMAT_LIVE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Live region: what the traced process maps and shares with a file, so that no recorded event is
 * ever in private memory alone. Layout, each part at a multiple of the machine's page size: struct
 * mt_live_header, staging 0, staging 1, rings. The last ring may be there in part: what was never
 * written is not reserved.
 *
 * What a reader of an unclosed trace does: take the closed chunks; then each staging whose batch
 * number is larger than that of the last MT_CHUNK_EVENTS, in order, as far as committed_words;
 * then each ring up to head, from tail or from the position after the last of its words seen in a
 * staging, whichever is later.
 *
 * While the process runs, words move on as they are read: from a ring to a staging (committed_words
 * first, then tail), from a staging to a chunk (which is in the file before batch becomes 0). A
 * reader copies them in that order: rings, each with its tail read again afterwards, as what is
 * before it may have been written over; then the stagings. It begins anew if a batch number was not
 * the same before and after, and takes no chunk of the later batch of the two or of any after it.
 */
#define MT_STAGINGS 2u
#define MT_LIVE_CLOCK_NS 20000000u

struct mt_staging_state {
  uint64_t batch;           /* number that this batch will have in the trace; 0: empty */
  uint64_t committed_words; /* written by the writer (release) after the words */
};

struct mt_live_header {
  uint64_t magic;         /* MT_LIVE_MAGIC, written last */
  uint32_t staging_words; /* capacity of each staging */
  uint32_t ring_slots;    /* slots that may exist; a slot whose thread is 0 was never used */
  uint64_t staging_offset[MT_STAGINGS]; /* from the region's start */
  uint64_t rings_offset;                /* of slot 0, from the region's start */
  uint64_t ring_stride;                 /* bytes from slot to slot; see large_slots */
  struct mt_staging_state staging[MT_STAGINGS];
  uint64_t clock_ns; /* the last look at the clock, after start_monotonic_ns: at most
                      * MT_LIVE_CLOCK_NS ago, while the writer gets a processor when it wants one */
  struct mt_end end; /* reason is written last; MT_END_UNKNOWN until known */
  /* as it is since version 2; version 1 has struct mt_v1_live_header */
  uint64_t large_stride;         /* bytes of each of the first large_slots slots */
  uint32_t large_slots;          /* 0: all have ring_stride */
  uint32_t header_bytes;         /* of this header; more in later minor versions */
  uint32_t ring_header_bytes;    /* of struct mt_ring_header: where a ring's words start */
  uint32_t pid;                  /* of the traced process, as in the file header */
  uint8_t nonce[MT_NONCE_BYTES]; /* of the trace that the region belongs to */
  struct mt_order order;         /* as the last MT_RECORD_ORDER, or newer; kind 0: not known yet */
  uint32_t counter_slots;        /* MT_COUNTER_COUNT of the writer */
  uint32_t memory_latest;        /* which of memory_samples is the latest, from 1; 0: none */
  uint32_t root_pid;             /* as in the file header; likewise root_start_ticks */
  uint32_t is_locked; /* 1: whoever has the region mapped has a lock on the live file, too */
  uint64_t root_start_ticks;
  uint64_t trace_device; /* which file the trace is, by fstat, whatever becomes of its content */
  uint64_t trace_inode;
  /* The turn that began with the writer's latest round, before it looked at the rings; 0: none did.
   * A reader of a process that runs looks at it before it looks at the rings: what threads did in
   * turns before it is whole, what they did later may lack what another thread did before. */
  uint64_t turn;
  /* The latest look at the process's memory, which no record may have yet. Written in turns. */
  struct mt_memory_sample memory_samples[2];
  uint64_t counters[MT_COUNTER_COUNT]; /* by enum mt_counter; atomic adds by any thread */
};

/* The live header of version 1; the first 104 bytes are the same. */
#define MT_V1_COUNTER_COUNT 16
struct mt_v1_live_header {
  uint8_t same[104];
  uint64_t counters[MT_V1_COUNTER_COUNT];
  uint64_t large_stride;
  uint32_t large_slots; /* 0 in traces of older recorders */
  uint32_t reserved;
};

enum mt_ring_state {
  MT_RING_FREE = 0,
  MT_RING_OWNED = 1, /* by a thread that may still write */
  MT_RING_ENDED = 2, /* its thread has ended, words may be left to take */
};

/* One ring: this header, then words. Positions count words since the slot's first use and never
 * wrap; position p stands at word p % capacity, capacity = (bytes of its slot - header) / 8, with
 * the header's length that the live header states. No
 * event straddles the end of the words: MT_RAW_PAD fills what is left there. */
struct mt_ring_header {
  uint64_t head;      /* written by the owner (release), read by the writer (acquire) */
  uint64_t last_turn; /* position of the owner's last MT_RAW_TURN, perhaps beyond `head` */
  uint8_t pad0[48];
  uint64_t tail;   /* written by the writer (release), read by the owner (acquire) */
  uint32_t thread; /* number in the trace of the present or last owner; 0: never used */
  uint32_t tid;
  uint32_t state; /* enum mt_ring_state */
  uint32_t reserved;
  uint64_t start_time_ns;
  char name[16]; /* comm of the owner, when last looked at */
  /* Of the owner, since 2.2: see MT_ACCOUNT_STACK. 0: not known. */
  uint64_t stack_address;
  uint64_t thread_pointer;
};

#ifndef __cplusplus
_Static_assert(offsetof(struct mt_live_header, staging) == 48, "live header layout");
_Static_assert(offsetof(struct mt_live_header, large_stride) == 104, "live header of version 1");
_Static_assert(sizeof(struct mt_live_header) == 640, "live header layout");
_Static_assert(sizeof(struct mt_v1_live_header) == 248, "live header of version 1");
_Static_assert(offsetof(struct mt_ring_header, tail) == 64, "ring header: a cache line a side");
_Static_assert(sizeof(struct mt_ring_header) == 128, "ring header layout");
#endif

#endif
