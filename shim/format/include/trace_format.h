/*
 * trace_format.h: the memtrace trace file, format version 2. The only definition of it: the
 * recording library (C) writes it, the analyzer (Swift) imports this very header to read it.
 * docs/TraceFormat.md gives the reasons. Nothing here has code; nothing here knows a process. This
 * file has what a trace consists of: header, chunks, records and stacks. The folder trace_format/
 * has the rest by subject, and only this file includes it. Over 400 lines, because readers of a
 * record want all of them beside each other.
 *
 * All integers are little-endian. Offsets are bytes from the start of the file unless a unit is
 * named. A "word" is 8 bytes.
 *
 *   +-------------+---------------------------+----------------------+---------------------------+
 *   | file header | chunk chunk chunk …       | live region          | chunk chunk …             |
 *   | 4,096 bytes | up to live_offset         | staging and rings    | only of a large trace     |
 *   +-------------+---------------------------+----------------------+---------------------------+
 *
 * A closed trace of a program that exited has no live region any more (live_bytes = 0; in version 1
 * the region may be a hole that a MT_CHUNK_LIVE spans). In every other trace the live region holds
 * what the closed chunks do not hold yet; see "Live region". While a program is recorded it is a
 * file of its own beside the trace (MT_FILE_LIVE_BESIDE); what a killed one leaves may have been
 * made one file, as above.
 *
 * Vocabulary
 *   allocation  one successful call that returned a block (a realloc's new block included)
 *   release     the end of a block: free, or a realloc that succeeded
 *   node        one frame of one stack: (parent node, program counter); a stack is its leaf node
 *   thread      a traced thread, by the number the trace gives it (never reused), not by its tid
 *   lane        one thread's part of one event batch
 *   sequence    how many allocations a thread had recorded before this one, in this trace
 *   site        a (stack, size) pair, numbered within one batch
 */
#ifndef MEMTRACE_TRACE_FORMAT_H
#define MEMTRACE_TRACE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define MT_FORMAT_VERSION_MAJOR 2 /* a reader refuses a larger one */
#define MT_FORMAT_VERSION_MINOR 2 /* a reader accepts any: additions only */

/*
 * What version 2 changed; a reader of it reads 1.0 and 1.1, too:
 *   - headers that may grow say how long they are: a reader takes what it knows of a longer one,
 * and takes what a shorter one lacks for zero. In version 1 they have the lengths MT_V1_*;
 *   - enum mt_op: 248 to 255 are reserved. In version 1 they are the ages 241 to 248;
 *   - struct mt_live_header: large_stride and what follows. Version 1: struct mt_v1_live_header;
 *   - a lane belongs to a space; MT_RAW_TURN, MT_RAW_PREFIX, MT_RAW_OTHER; MT_PC_RECORDED.
 * 2.1 added MT_RECORD_MOMENT and MT_STOP_ASKED, and calls on mappings (MT_OP_MAPPING). 2.2 added
 * MT_RECORD_ACCOUNT, MT_MOMENT_THRESHOLD, and marks that are no thread's.
 */
#define MT_V1_FILE_HEADER_BYTES 176u
#define MT_V1_EVENTS_HEADER_BYTES 80u
#define MT_V1_LANE_BYTES 32u
#define MT_V1_RING_HEADER_BYTES 128u
#define MT_V1_AGE_LIMIT 248u

#define MT_FILE_MAGIC "MEMTRACE"      /* 8 bytes, no NUL */
#define MT_CHUNK_MAGIC 0x4b43544du    /* "MTCK" */
#define MT_LIVE_MAGIC 0x4556494c544du /* "MTLIVE" */
#define MT_FILE_HEADER_BYTES 4096u
#define MT_PROGRAM_NAME_BYTES 64u
#define MT_LIVE_NAME_BYTES 256u
#define MT_NONCE_BYTES 16u
#define MT_BOOT_ID_BYTES 16u

/* How the program ended, as far as the process itself could say. */
enum mt_end_reason {
  MT_END_UNKNOWN = 0,  /* nothing was said: killed, crashed, or still running */
  MT_END_EXIT = 1,     /* returned from main or called exit; status is the exit code */
  MT_END_EXIT_NOW = 2, /* _exit, _Exit or quick_exit; status is the exit code */
  MT_END_ABORT = 3,    /* abort */
  MT_END_EXEC = 4,     /* became another program, which has a trace of its own */
  MT_END_SIGNAL = 5,   /* status is the signal; written by whoever waited for the process */
  MT_END_STOPPED = 6,  /* recording ended before the program did; see MT_RECORD_TROUBLE */
};

struct mt_end {
  uint64_t time_ns;
  uint32_t reason; /* enum mt_end_reason */
  int32_t status;  /* of MT_END_STOPPED: errno, or enum mt_stop */
};

/* ------------------------------------------------------------------------------------------
 * File header: the first 4,096 bytes. Written once, before anything else. The fields from `closed`
 * to `chunk_end` change, and no checksum covers them.
 */
struct mt_file_header {
  char magic[8];                /* MT_FILE_MAGIC */
  uint16_t version_major;       /* MT_FORMAT_VERSION_MAJOR */
  uint16_t version_minor;       /* MT_FORMAT_VERSION_MINOR */
  uint32_t header_bytes;        /* MT_FILE_HEADER_BYTES: where the first chunk starts */
  uint32_t header_crc;          /* CRC-32C of bytes [0, offsetof(closed)) with this field as zero */
  uint16_t machine;             /* ELF e_machine of the traced program: 62 is x86-64, 183 AArch64 */
  uint8_t pointer_bytes;        /* 8 */
  uint8_t address_shift;        /* MT_ADDRESS_SHIFT of the writer */
  uint32_t pid;                 /* of the traced process */
  uint32_t parent_pid;          /* at the start of this trace */
  uint64_t process_start_ticks; /* field 22 of /proc/PID/stat: with pid, names the process */
  uint32_t root_pid;            /* first process of the run; equals pid in the first one's trace */
  uint32_t image;               /* enum mt_image: how this trace's program image came to be */
  uint64_t root_start_ticks;    /* process_start_ticks of root_pid */
  int64_t start_realtime_ns;    /* CLOCK_REALTIME when recording began, ns since 1970 */
  uint64_t start_monotonic_ns;  /* CLOCK_MONOTONIC at that moment; all times are ns after it */
  uint64_t live_offset;         /* start of the live region; a multiple of page_bytes */
  uint32_t page_bytes;          /* of the traced machine, a power of two */
  uint32_t reserved;
  char program[MT_PROGRAM_NAME_BYTES]; /* base name of the executable, NUL-padded */
  /* not covered by header_crc from here on */
  uint32_t closed;     /* 0 while recording, 1 once the trace was closed in good order */
  uint32_t flags;      /* enum mt_file_flag */
  uint64_t live_bytes; /* length of the live region; 0 when there is none any more */
  uint64_t chunk_end;  /* of a closed trace: where the last chunk ends */
  /* since version 2 */
  uint32_t extension_bytes;           /* from this field on; more in later minor versions */
  uint32_t extension_crc;             /* CRC-32C of those bytes with this field as zero */
  uint8_t nonce[MT_NONCE_BYTES];      /* random; zeros: none. A live file's is its trace's */
  char live_name[MT_LIVE_NAME_BYTES]; /* see MT_FILE_LIVE_BESIDE; NUL-padded, empty: none */
  /* Where pid and process_start_ticks mean something: the machine's boot, as its kernel numbers it,
   * and the namespaces, by their inodes; zeros where there is no /proc. */
  uint8_t boot_id[MT_BOOT_ID_BYTES];
  uint64_t pid_namespace;
  uint64_t time_namespace; /* 0 also where the kernel has none */
  /* Of a trace that is not closed and has no live region: a process that was forked a moment ago
   * has none yet, and each event in a chunk before its call returns. */
  struct mt_end end;
};

enum mt_file_flag {
  /* The live region is a file of its own from its offset 0, `live_name` in the trace's directory,
   * with the same nonce; live_offset and live_bytes are 0. Cleared once its words are in chunks. */
  MT_FILE_LIVE_BESIDE = 1,
};

enum mt_image {
  MT_IMAGE_START = 0, /* the first program of the run */
  MT_IMAGE_EXEC = 1,  /* a program reached by exec or spawn from a traced one */
  MT_IMAGE_FORK = 2,  /* the child side of a fork, before any exec */
};

/* ------------------------------------------------------------------------------------------
 * Chunks. The stream begins after the header, each chunk at a multiple of 8; it ends at the end
 * of the file, at a magic of zero (a hole nothing was written to yet) or at the live region.
 * A reader skips types it does not know.
 */
struct mt_chunk_header {
  uint32_t magic;      /* MT_CHUNK_MAGIC */
  uint16_t type;       /* enum mt_chunk_type */
  uint8_t compression; /* enum mt_compression */
  uint8_t reserved;
  uint32_t header_crc;    /* CRC-32C of this header with header_crc as zero */
  uint32_t payload_crc;   /* CRC-32C of the stored bytes; 0 for MT_CHUNK_LIVE */
  uint64_t stored_bytes;  /* bytes that follow this header, padding to 8 not counted */
  uint64_t payload_bytes; /* after decompression; equals stored_bytes when not compressed */
};

enum mt_chunk_type {
  MT_CHUNK_RECORDS = 1,    /* payload: a sequence of struct mt_record */
  MT_CHUNK_STACKS = 2,     /* payload: struct mt_stacks_header and its columns */
  MT_CHUNK_EVENTS = 3,     /* payload: struct mt_events_header and its columns: one batch */
  MT_CHUNK_RAW = 4,        /* payload: raw words as in staging, led by a MT_RAW_LANE */
  MT_CHUNK_LIVE = 5,       /* stored bytes are the live region (and a gap before it): skip them */
  MT_CHUNK_SYMBOLS = 6,    /* payload: struct mt_symbols_header and its columns; since minor 1 */
  MT_CHUNK_CHECKPOINT = 7, /* payload: part of the state of a reader; see "Index" */
  MT_CHUNK_INDEX = 8,      /* payload: struct mt_index_entry each; the last one counts */
  MT_CHUNK_CODE_MAP = 9,   /* payload: text of the process's /tmp/perf-PID.map; since minor 1 */
};

enum mt_compression {
  MT_COMPRESSION_NONE = 0,
  MT_COMPRESSION_ZSTD = 1, /* one frame with its content size */
};

#define MT_CHUNK_PAYLOAD_MAX (64u << 20) /* a reader refuses larger payloads */

/*
 * No recorder writes more at once, so a reader refuses it: small chunks unpack to large ones, and
 * what it takes to read a chunk is many times the payload.
 */
#define MT_BATCH_EVENT_WORDS_MAX (1u << 17) /* of a batch: 2 for an allocation, else 1 an event */
#define MT_EVENTS_PAYLOAD_MAX (8u << 20)
#define MT_RECORDS_PAYLOAD_MAX 1114112u /* 1 MB and 64 KB */
#define MT_STACKS_PAYLOAD_MAX (16u << 20)
#define MT_RAW_PAYLOAD_MAX (1u << 20)
#define MT_RING_BYTES_MAX (512u << 10) /* of a ring, its header included */
#define MT_STAGING_BYTES_MAX (1u << 20)

/* ------------------------------------------------------------------------------------------
 * Records: facts outside the event stream. A record is this header, then `bytes` bytes of
 * content, padded to 8. Unknown types are skipped.
 */
struct mt_record {
  uint16_t type; /* enum mt_record_type */
  uint16_t reserved;
  uint32_t bytes; /* of the content, padding not counted */
};

enum mt_record_type {
  MT_RECORD_EXECUTABLE = 1,    /* absolute path, no NUL */
  MT_RECORD_ARGUMENTS = 2,     /* argv, each followed by a NUL */
  MT_RECORD_DIRECTORY = 3,     /* working directory at the start, no NUL */
  MT_RECORD_ENVIRONMENT = 4,   /* NAME=VALUE of interest, each followed by a NUL */
  MT_RECORD_RECORDER = 5,      /* text: memtrace's version and the options in force */
  MT_RECORD_ALLOCATOR = 6,     /* path of the module that serves malloc below us, no NUL */
  MT_RECORD_MODULE_LOAD = 7,   /* struct mt_module_load and what follows it */
  MT_RECORD_MODULE_UNLOAD = 8, /* struct mt_module_unload */
  MT_RECORD_THREAD_START = 9,  /* struct mt_thread_start */
  MT_RECORD_THREAD_NAME = 10,  /* struct mt_thread_name; the last one of a thread counts */
  MT_RECORD_THREAD_END = 11,   /* struct mt_thread_end */
  MT_RECORD_MEMORY = 12,       /* struct mt_memory_sample */
  MT_RECORD_COUNTERS = 13,     /* uint64_t[]: by enum mt_counter; totals so far, the last counts */
  MT_RECORD_END = 14,          /* struct mt_end */
  MT_RECORD_RESTORE = 15,      /* special, struct mt_restore: a realloc failed after its release */
  MT_RECORD_MARK = 16,         /* special, struct mt_mark and its label; not special where another
                                * process has put it, and its time is all that is known */
  MT_RECORD_TROUBLE = 17,      /* struct mt_trouble: recording degraded or stopped */
  MT_RECORD_ORDER = 18,        /* struct mt_order; the last one counts. Since version 2 */
  MT_RECORD_SPACE = 19,        /* struct mt_space and its name; since version 2 */
  MT_RECORD_LOCATION = 20,     /* struct mt_location and its names; since version 2 */
  MT_RECORD_TITLE = 21,        /* text: what the process calls itself instead of its arguments; the
                                * last one counts. Since version 2 */
  MT_RECORD_UNTRACED = 22,     /* struct mt_untraced and a path; since version 2 */
  MT_RECORD_MOMENT = 23,       /* special, struct mt_moment and its label; not special where the
                                * recorder itself made it. Since 2.1 */
  MT_RECORD_ACCOUNT = 24,      /* struct mt_account and entries; since 2.2 */
};

/* One mapped object. Segments, build-id and path follow, in this order, unpadded. */
struct mt_module_load {
  uint64_t time_ns;
  uint64_t base;           /* load bias: address = base + ELF virtual address */
  uint64_t start;          /* lowest address of a PT_LOAD segment */
  uint64_t end;            /* one past the highest */
  uint64_t file_bytes;     /* st_size, 0 if unknown (vDSO) */
  int64_t file_mtime_ns;   /* st_mtim, 0 if unknown */
  uint32_t module;         /* number of this module in the trace, from 1 */
  uint16_t incarnation;    /* see MT_PC_INCARNATION_SHIFT */
  uint16_t segment_count;  /* struct mt_segment each */
  uint16_t build_id_bytes; /* 0 if the module has none */
  uint16_t path_bytes;     /* no NUL; "[vdso]" for the vDSO */
  uint32_t reserved;
};

struct mt_segment {
  uint64_t start; /* address in the process */
  uint64_t end;   /* one past its last byte in memory */
  uint64_t file_offset;
  uint32_t flags; /* PF_X 1, PF_W 2, PF_R 4 */
  uint32_t reserved;
};

struct mt_module_unload {
  uint64_t time_ns;
  uint32_t module;
  uint32_t reserved;
};

struct mt_thread_start {
  uint64_t time_ns; /* of its first recorded event */
  uint32_t thread;
  uint32_t tid;
};

struct mt_thread_name {
  uint32_t thread;
  uint32_t reserved;
  char name[16]; /* NUL-padded, as the kernel's comm */
};

struct mt_thread_end {
  uint64_t time_ns;
  uint32_t thread;
  uint32_t reserved;
};

struct mt_memory_sample {
  uint64_t time_ns;
  uint64_t resident_bytes;
  uint64_t virtual_bytes;
  /* Not in records of older recorders, nor where the kernel does not say: resident_bytes is then
   * all there is, and high_water_bytes is 0. */
  uint64_t high_water_bytes;    /* the most that was ever resident, by the kernel's own account */
  uint64_t anonymous_bytes;     /* of resident_bytes: of no file */
  uint64_t file_bytes;          /* mapped files, programs and libraries among them */
  uint64_t shared_bytes;        /* shared memory, files on tmpfs among it */
  uint64_t own_anonymous_bytes; /* of anonymous_bytes: the recorder's own */
  uint64_t own_file_bytes;      /* likewise: the live region of the trace */
  uint64_t own_shared_bytes;
};

/* How exact the order of events of different threads is, and the times. In traces of version 1,
 * which have no such record, events of two threads that lie 20 ms apart may change places. */
enum mt_order_kind {
  MT_ORDER_BOUNDED = 1, /* see "Order" below */
  MT_ORDER_EXACT = 2,   /* each event has its own turn */
};

struct mt_order {
  uint64_t time_ns;           /* from when on */
  uint64_t bound_bytes;       /* a thread allocates less than this without a turn of its own */
  uint32_t bound_events;      /* and has fewer events */
  uint32_t kind;              /* enum mt_order_kind */
  uint64_t clock_interval_ns; /* in all of the trace, an event's time is at most so much earlier
                               * than the event; 0: not stated. The last record has the largest */
};

/*
 * A space of addresses. A block's identity is its space and its address: a custom allocator's block
 * may have the address of the chunk that it was cut from. Spaces are numbered by the trace; 0 is
 * the heap of malloc and its kin, and needs no record. A reader passes over lanes of spaces that it
 * does not know.
 */
#define MT_SPACE_HEAP 0u

enum mt_space_kind {
  MT_SPACE_KIND_HEAP = 0,     /* malloc and its kin */
  MT_SPACE_KIND_MAPPINGS = 1, /* mmap and its kin: sizes are lengths, blocks may be cut */
  MT_SPACE_KIND_POOL = 2,     /* blocks of an allocator that takes its chunks from `inside` */
  MT_SPACE_KIND_OBJECTS = 3,  /* objects of a language's runtime */
};

struct mt_space {
  uint32_t space;      /* its number, from 1 */
  uint32_t kind;       /* enum mt_space_kind */
  uint32_t inside;     /* space whose blocks its own lie in */
  uint32_t name_bytes; /* UTF-8 name follows, no NUL */
};

/* A frame that is no machine address: see MT_PC_RECORDED. Stands before the first node that uses
 * it. Function and file follow, UTF-8, in this order, unpadded, without NULs. */
enum mt_location_kind {
  MT_LOCATION_PYTHON = 1, /* a line of a Python function */
  MT_LOCATION_JIT = 2,    /* code compiled at run time, by what its compiler said of it */
  /* No locations, and without a record; the last two: see "Interpreted code". */
  MT_LOCATION_BLOCKS = 253, /* see "Blocks of another kind" */
  MT_LOCATION_RUN = 254,
  MT_LOCATION_BESIDE = 255,
};

struct mt_location {
  uint64_t pc;   /* as it stands in nodes */
  uint32_t line; /* 0 if unknown */
  uint16_t function_bytes;
  uint16_t file_bytes; /* 0 if unknown */
};

/* Why recording stopped, where no system call failed. */
enum mt_stop {
  MT_STOP_TRACE_CHANGED = 4097, /* the trace was truncated or written over */
  MT_STOP_TRACE_REMOVED = 4098, /* the trace's name is gone */
  MT_STOP_LIVE_CLAIMED = 4099,  /* somebody was about to truncate the live file */
  MT_STOP_NO_MEMORY = 4100,     /* memory was so short that recording held the program up */
  MT_STOP_ASKED = 4101,         /* the program, or who started it, asked for it. Since 2.1 */
};

/* A program that this process became, or a child of it that has no trace, and that cannot be
 * recorded. Its path follows as it was given, no NUL. */
enum mt_untraced_reason {
  MT_UNTRACED_STATIC = 1,        /* has no loader */
  MT_UNTRACED_OTHER_LIBRARY = 2, /* of another C library than glibc */
  MT_UNTRACED_OTHER_MACHINE = 3, /* for another kind of machine, such as a 32-bit one */
  MT_UNTRACED_ENVIRONMENT = 4,   /* started without the recorder in LD_PRELOAD */
  MT_UNTRACED_PRIVILEGED = 5,    /* its file gives it rights (setuid), so the loader ignores that */
};

struct mt_untraced {
  uint64_t time_ns;
  uint32_t pid;
  uint32_t reason; /* enum mt_untraced_reason */
};

struct mt_restore {
  uint64_t address; /* the block that the thread's last release named lives on */
};

struct mt_mark {
  uint64_t time_ns;
  uint32_t thread;
  uint32_t label_bytes; /* UTF-8 label follows */
};

/*
 * A moment that the program, or who started it, names, and that is more than a mark.
 *
 * Phases. One of a thread ends with the thread's next MT_MOMENT_PHASE_END that no phase begun later
 * takes: they nest, and `phase` is 0. A free-standing one has a number, unique in its trace, and
 * ends wherever that is named. An end without a beginning means nothing: the child of a fork may
 * end what its parent began.
 *
 * Pauses. From MT_MOMENT_PAUSE to MT_MOMENT_RESUME allocations are not recorded, and releases are:
 * those of blocks that are not in the trace, too, then and later. A pause at time 0 began before
 * anything was recorded; releases are then not recorded either.
 *
 * Thresholds. MT_MOMENT_THRESHOLD is a snapshot, at the moment at which a measure of memory was
 * seen to have reached a limit: `phase` bytes, a share of something already turned into bytes. The
 * label is the threshold's name. It comes again only after the measure has fallen below nine tenths
 * of the limit.
 */
enum mt_moment_kind {
  MT_MOMENT_SNAPSHOT = 1,
  MT_MOMENT_PHASE_BEGIN = 2,
  MT_MOMENT_PHASE_END = 3, /* no label */
  MT_MOMENT_PAUSE = 4,     /* no label; so has the next */
  MT_MOMENT_RESUME = 5,
  MT_MOMENT_THRESHOLD = 6,
};

/* What a threshold is of. */
enum mt_measure {
  MT_MEASURE_HEAP = 1,     /* blocks of malloc that live, as large as the allocator made them */
  MT_MEASURE_RESIDENT = 2, /* memory of the process that is resident */
  MT_MEASURE_OOM = 3,      /* whichever is nearest to a limit that ends the process: the memory of a
                            * control group, its address space, or what it could have of the
                            * system's memory and swap */
};

struct mt_moment {
  uint64_t time_ns;
  uint32_t thread; /* 0: of no thread's */
  uint32_t kind;   /* enum mt_moment_kind; a reader passes over others */
  uint64_t phase;  /* number of a free-standing phase; bytes that a threshold allows; else 0 */
  /* Of the process, at a snapshot or a threshold; 0: not known, and for other kinds. */
  uint64_t resident_bytes;
  uint64_t virtual_bytes;
  uint32_t label_bytes; /* UTF-8 label follows */
  uint32_t measure;     /* enum mt_measure, of a threshold; else 0 */
};

enum mt_trouble_kind {
  MT_TROUBLE_WRITE_FAILED = 1, /* detail: errno */
  MT_TROUBLE_NO_WRITER = 2,    /* the writer thread could not start; detail: errno */
  MT_TROUBLE_PRECEDED = 3,     /* another malloc comes before ours, and serves the program: that of
                                * MT_RECORD_ALLOCATOR */
  MT_TROUBLE_OPTION = 4,       /* a value that means nothing; detail: enum mt_option */
  MT_TROUBLE_FILTERED = 5,     /* a seccomp filter forbids what writing takes: from here on events
                                * stand in the rings, as far as these had room */
  MT_TROUBLE_HEAP_UNKNOWN = 6, /* live bytes are not counted over this allocator: thresholds of the
                                * heap were not watched; since 2.2 */
  MT_TROUBLE_SIGNAL_TAKEN = 7, /* the program handles or blocks a signal that was to control the
                                * recorder; detail: its number; since 2.2 */
  MT_TROUBLE_NO_CONTROL = 8,   /* there is no control socket, as was asked for; detail: errno */
};

/* Environment variables of the recorder that keep their defaults when they are not understood. */
enum mt_option {
  MT_OPTION_DEPTH = 1,            /* MEMTRACE_DEPTH */
  MT_OPTION_ON_FULL = 2,          /* MEMTRACE_ON_FULL */
  MT_OPTION_UNWINDER = 3,         /* MEMTRACE_UNWINDER */
  MT_OPTION_WRITER = 4,           /* MEMTRACE_WRITER */
  MT_OPTION_FOLLOW = 5,           /* MEMTRACE_FOLLOW */
  MT_OPTION_ORDER = 6,            /* MEMTRACE_ORDER; since version 2 */
  MT_OPTION_PYTHON = 7,           /* MEMTRACE_PYTHON; since version 2 */
  MT_OPTION_START = 8,            /* MEMTRACE_START; since 2.1 */
  MT_OPTION_AFTER = 9,            /* MEMTRACE_AFTER_MS; since 2.1 */
  MT_OPTION_FOR = 10,             /* MEMTRACE_FOR_MS; since 2.1 */
  MT_OPTION_SNAPSHOT_EVERY = 11,  /* MEMTRACE_SNAPSHOT_EVERY_MS; since 2.1 */
  MT_OPTION_ACCOUNT_EVERY = 12,   /* MEMTRACE_ACCOUNT_EVERY_MS; since 2.2 */
  MT_OPTION_WARN = 13,            /* MEMTRACE_WARN; since 2.2, as those below */
  MT_OPTION_CRITICAL = 14,        /* MEMTRACE_CRITICAL */
  MT_OPTION_ON_CRITICAL = 15,     /* MEMTRACE_ON_CRITICAL: for the launcher alone */
  MT_OPTION_COUNT_HEAP = 16,      /* MEMTRACE_COUNT_HEAP */
  MT_OPTION_SNAPSHOT_SIGNAL = 17, /* MEMTRACE_SNAPSHOT_SIGNAL */
  MT_OPTION_PAUSE_SIGNAL = 18,    /* MEMTRACE_PAUSE_SIGNAL */
  MT_OPTION_CONTROL = 19,         /* MEMTRACE_CONTROL */
  MT_OPTION_COUNT = 20,
};

struct mt_trouble {
  uint64_t time_ns;
  uint32_t kind; /* enum mt_trouble_kind */
  int32_t detail;
};

/* What was not recorded, and what it cost to record the rest. Never reset within a trace. */
enum mt_counter {
  MT_COUNTER_LOST_EVENTS = 0,    /* allocations and releases that are not in the trace */
  MT_COUNTER_LOST_NESTED = 1,    /* of those: from a signal handler that interrupted a hook */
  MT_COUNTER_LOST_NO_RING = 2,   /* of those: a thread for which no ring could be had */
  MT_COUNTER_LOST_RING_FULL = 3, /* of those: dropped because MEMTRACE_ON_FULL=drop */
  MT_COUNTER_LOST_STOPPED = 4,   /* of those: after recording had stopped */
  MT_COUNTER_RING_WAITS = 5,     /* times a hook waited for the writer */
  MT_COUNTER_RING_WAIT_NS = 6,
  MT_COUNTER_STACKS_CUT = 7,          /* stacks deeper than the limit */
  MT_COUNTER_STACKS_BROKEN = 8,       /* stacks whose unwinding ended before the thread's start */
  MT_COUNTER_UNWIND_FALLBACKS = 9,    /* stacks that the second unwinder had to walk */
  MT_COUNTER_UNWIND_DIFFERENCES = 10, /* MEMTRACE_UNWINDER=check: stacks on which they differ */
  MT_COUNTER_EARLY_EVENTS = 11,       /* calls served before the next allocator was known */
  MT_COUNTER_ASYNC_BROKEN = 12,       /* stacks of Swift tasks without their async callers */
  MT_COUNTER_UNTRACED_LOST = 13,      /* programs that MT_RECORD_UNTRACED had no room to name */
  MT_COUNTER_PYTHON_BROKEN = 14,      /* stacks of Python code without its functions and lines */
  MT_COUNTER_PYTHON_UNKNOWN = 15,     /* 1: an interpreter whose frames cannot be read */
  MT_COUNTER_CHILDREN_LOST = 16,      /* forks whose children can record nothing */
  MT_COUNTER_PYTHON_OBJECTS = 17,     /* 1: the blocks in Python's arenas are recorded, too */
  MT_COUNTER_PYTHON_UNSEEN = 18,      /* of them: arenas whose blocks are not */
  MT_COUNTER_COUNT = 32,              /* slots reserved in the live header */
};

/* ------------------------------------------------------------------------------------------
 * Stacks. Node 0 is the root, above every thread's start. A node's definition always stands
 * before the first event that uses it. Ids are unique within a trace; two ids may, rarely, name
 * the same (parent, pc): a reader merges them.
 *
 * A pc is a return address (so look it up at pc - 1), except directly above a signal frame, where
 * MT_PC_EXACT is set. The bits from MT_PC_INCARNATION_SHIFT to 62 tell modules apart that stood
 * at the same address one after the other: a pc belongs to the module with the same incarnation.
 */
#define MT_PC_ADDRESS_BITS 48
#define MT_PC_INCARNATION_SHIFT 49
#define MT_PC_INCARNATION_MAX 0x3ffeu /* of all modules that cannot be told apart any more */
#define MT_PC_EXACT (UINT64_C(1) << 48)
#define MT_PC_AWAITS (UINT64_C(1) << 63) /* see MT_PC_ASYNC */

/*
 * A pc in the incarnation that no module has, 0x3fff, is no machine address but a recorded
 * location: bits 40 to 47 are its enum mt_location_kind, those below its number. A
 * MT_RECORD_LOCATION says what it is. (In version 1, modules that came and went 16,383 times have
 * that incarnation.)
 */
#define MT_PC_RECORDED (UINT64_C(0x3fff) << MT_PC_INCARNATION_SHIFT)
#define MT_PC_LOCATION_KIND_SHIFT 40

/*
 * Interpreted code. An interpreter's stack is a path of its own below the root: its calls of
 * interpreted functions, the outermost first, as locations of MT_LOCATION_PYTHON. Before those that
 * one native frame runs stands MT_LOCATION_RUN, its number that frame's depth: the nodes above it
 * in the native stack. A node with MT_LOCATION_BESIDE, whose number is the node of such a path,
 * below the leaf of a native stack, is the stack that has both: a reader puts what a native frame
 * runs between that frame and the next one.
 */

/*
 * Blocks of another kind. A node with MT_LOCATION_BLOCKS, whose number is an enum mt_space_kind,
 * below a stack, is that stack as it allocates blocks that malloc does not serve: those that a
 * runtime cuts from mappings of its own. While such a block lives, malloc has none at its address,
 * so both may be in one space; where that can be otherwise, there are spaces. A reader that does
 * not tell them apart passes over the node.
 */

/* Special program counters, all in incarnation 0 of the unmapped first page. */
#define MT_PC_CUT 1u    /* parent-most frame: the stack was deeper than the limit */
#define MT_PC_BROKEN 2u /* parent-most frame: the unwinder could not go on from here */

/*
 * Swift's async callers. A node with MT_PC_ASYNC + n, below the leaf L of a native stack, ends that
 * stack; the nodes below it are the async callers of the frame n calls above L (0: L itself), the
 * innermost first, each the parent of its own caller. Their pcs are MT_PC_AWAITS and MT_PC_EXACT:
 * where the caller goes on after its await. A reader moves them between that frame and its native
 * callers, which are those of the thread that happened to resume the task. MT_PC_CUT may stand at
 * their end.
 */
#define MT_PC_ASYNC 0x800u
#define MT_PC_ASYNC_FRAMES_MAX 0x7ffu
#define MT_ASYNC_CALLERS_MAX 128u

/*
 * Payload of MT_CHUNK_STACKS. Columns follow in this order, unpadded:
 *   uint64_t pc[nodes]
 *   LEB128   id_delta[nodes]       zigzag: id - previous id (first: id - 0)
 *   LEB128   parent_distance[nodes] zigzag: id - parent
 */
struct mt_stacks_header {
  uint32_t nodes;
  uint32_t id_bytes;     /* length of the id column */
  uint32_t parent_bytes; /* length of the parent column */
  uint32_t reserved;
};

/* ------------------------------------------------------------------------------------------
 * The other parts, by subject. */
#include "trace_format/account.h"
#include "trace_format/events.h"
#include "trace_format/index.h"
#include "trace_format/live.h"
#include "trace_format/mappings.h"
#include "trace_format/raw.h"
#include "trace_format/symbols.h"

#ifndef __cplusplus
_Static_assert(offsetof(struct mt_file_header, closed) == 152, "file header checksum range");
_Static_assert(offsetof(struct mt_file_header, extension_bytes) == MT_V1_FILE_HEADER_BYTES,
               "file header of version 1");
_Static_assert(sizeof(struct mt_file_header) == 504, "file header layout");
_Static_assert(sizeof(struct mt_chunk_header) == 32, "chunk header layout");
_Static_assert(sizeof(struct mt_record) == 8, "record layout");
_Static_assert(sizeof(struct mt_module_load) == 64, "module layout");
_Static_assert(sizeof(struct mt_segment) == 32, "segment layout");
_Static_assert(sizeof(struct mt_thread_name) == 24, "thread name layout");
_Static_assert(sizeof(struct mt_end) == 16, "end layout");
_Static_assert(sizeof(struct mt_stacks_header) == 16, "stacks header layout");
_Static_assert(sizeof(struct mt_order) == 32, "order layout");
_Static_assert(sizeof(struct mt_space) == 16, "space layout");
_Static_assert(sizeof(struct mt_location) == 16, "location layout");
_Static_assert(sizeof(struct mt_moment) == 48, "moment layout");
_Static_assert(sizeof(struct mt_memory_sample) == 80, "memory sample layout");
#endif

#endif
