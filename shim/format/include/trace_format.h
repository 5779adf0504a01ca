/*
 * trace_format.h: the memtrace trace file, format version 2. The only definition of it: the
 * recording library (C) writes it, the analyzer (Swift) imports this very header to read it.
 * docs/TraceFormat.md tells why it is so. Nothing here has code; nothing here knows a process. It
 * is one long file because a definition in pieces would not be the only one.
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
#define MT_FORMAT_VERSION_MINOR 0 /* a reader accepts any: additions only */

/*
 * What version 2 changed; a reader of it reads 1.0 and 1.1, too:
 *   - headers that may grow say how long they are: a reader takes what it knows of a longer one,
 * and takes what a shorter one lacks for zero. In version 1 they have the lengths MT_V1_*;
 *   - enum mt_op: 248 to 255 are reserved. In version 1 they are the ages 241 to 248;
 *   - struct mt_live_header: large_stride and what follows. Version 1: struct mt_v1_live_header;
 *   - a lane belongs to a space; MT_RAW_TURN, MT_RAW_PREFIX, MT_RAW_OTHER; MT_PC_RECORDED.
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
  MT_RECORD_MARK = 16,         /* special, struct mt_mark and its label */
  MT_RECORD_TROUBLE = 17,      /* struct mt_trouble: recording degraded or stopped */
  MT_RECORD_ORDER = 18,        /* struct mt_order; the last one counts. Since version 2 */
  MT_RECORD_SPACE = 19,        /* struct mt_space and its name; since version 2 */
  MT_RECORD_LOCATION = 20,     /* struct mt_location and its names; since version 2 */
  MT_RECORD_TITLE = 21,        /* text: what the process calls itself instead of its arguments; the
                                * last one counts. Since version 2 */
  MT_RECORD_UNTRACED = 22,     /* struct mt_untraced and a path; since version 2 */
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
  /* No locations, and without a record; see "Interpreted code". */
  MT_LOCATION_RUN = 254,
  MT_LOCATION_BESIDE = 255,
};

struct mt_location {
  uint64_t pc;   /* as it stands in nodes */
  uint32_t line; /* 0 if unknown */
  uint16_t function_bytes;
  uint16_t file_bytes; /* 0 if unknown */
};

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

/* Why recording stopped, where no system call failed. */
enum mt_stop {
  MT_STOP_TRACE_CHANGED = 4097, /* the trace was truncated or written over */
  MT_STOP_TRACE_REMOVED = 4098, /* the trace's name is gone */
  MT_STOP_LIVE_CLAIMED = 4099,  /* somebody was about to truncate the live file */
  MT_STOP_NO_MEMORY = 4100,     /* memory was so short that recording held the program up */
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

enum mt_trouble_kind {
  MT_TROUBLE_WRITE_FAILED = 1, /* detail: errno */
  MT_TROUBLE_NO_WRITER = 2,    /* the writer thread could not start; detail: errno */
  MT_TROUBLE_PRECEDED = 3,     /* another malloc comes before ours, and serves the program: that of
                                * MT_RECORD_ALLOCATOR */
  MT_TROUBLE_OPTION = 4,       /* a value that means nothing; detail: enum mt_option */
  MT_TROUBLE_FILTERED = 5,     /* a seccomp filter forbids what writing takes: from here on events
                                * stand in the rings, as far as these had room */
};

/* Environment variables of the recorder that keep their defaults when they are not understood. */
enum mt_option {
  MT_OPTION_DEPTH = 1,    /* MEMTRACE_DEPTH */
  MT_OPTION_ON_FULL = 2,  /* MEMTRACE_ON_FULL */
  MT_OPTION_UNWINDER = 3, /* MEMTRACE_UNWINDER */
  MT_OPTION_WRITER = 4,   /* MEMTRACE_WRITER */
  MT_OPTION_FOLLOW = 5,   /* MEMTRACE_FOLLOW */
  MT_OPTION_ORDER = 6,    /* MEMTRACE_ORDER; since version 2 */
  MT_OPTION_PYTHON = 7,   /* MEMTRACE_PYTHON; since version 2 */
  MT_OPTION_COUNT = 8,
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
 * Symbols: what code addresses stand for, put into a trace afterwards so that it can be read where
 * its binaries are not. Each chunk is whole in itself; the addresses of all of them make the table.
 *
 * Columns follow the header in this order, unpadded:
 *   struct mt_symbol_module   [modules]   modules of which something is missing
 *   struct mt_symbol_address  [addresses]
 *   struct mt_symbol_frame    [frames]    of the first address, innermost first, then the second's
 * … uint32_t string_bytes     [strings]   length of each string the strings, UTF-8, back to back,
 * without NULs Strings are named by their number in the chunk, MT_SYMBOL_NONE where there is none.
 */
#define MT_SYMBOL_NONE UINT32_MAX

struct mt_symbols_header {
  uint32_t modules;
  uint32_t addresses;
  uint32_t frames;
  uint32_t strings;
  /* Of the whole table; a reader takes those of the first chunk. */
  uint32_t looked_up;  /* distinct addresses */
  uint32_t unresolved; /* of those: without a name */
  uint32_t outside;    /* of those: in no module */
  uint32_t reserved;
};

enum mt_symbol_reason {
  MT_SYMBOL_MISSING = 1, /* there was no file */
  MT_SYMBOL_CHANGED = 2, /* the file was another build: text is what was expected, found what is */
  MT_SYMBOL_UNREADABLE = 3, /* text says why */
  MT_SYMBOL_STRIPPED = 4,   /* neither symbols nor debug information */
  MT_SYMBOL_NO_LINES = 5,   /* symbols alone */
};

/* What the module could not give, and why, when the symbols were put in. */
struct mt_symbol_module {
  uint32_t module; /* its number in the trace */
  uint32_t reason; /* enum mt_symbol_reason */
  uint32_t text;   /* string */
  uint32_t found;  /* string */
  uint32_t remedy; /* string: what would help */
  uint32_t looked_up;
  uint32_t unresolved;
  uint32_t reserved;
};

struct mt_symbol_address {
  uint64_t address; /* to be looked up: a return address - 1, or the exact one */
  uint32_t module;  /* its number in the trace, 0 if the address was in none */
  uint32_t frames;  /* at least 1 */
};

/* What a frame of an address is. */
enum mt_symbol_place {
  MT_SYMBOL_OUTERMOST = 0, /* the function that was called */
  MT_SYMBOL_INLINED = 1,   /* its body stands in the next frame's function */
  /* No frame: the function that the call at the address enters, before all others. If the code on
   * top has no name, the function jumped there. Readers may ignore it. */
  MT_SYMBOL_CALLEE = 2,
};

struct mt_symbol_frame {
  uint32_t function; /* string: the readable name */
  uint32_t linkage;  /* string: the linker's name; MT_SYMBOL_NONE if the address has no symbol */
  uint32_t file;     /* string */
  uint32_t line;     /* 0 if unknown */
  uint32_t column;   /* 0 if unknown */
  uint32_t module;   /* its number in the trace, 0 for none */
  uint32_t place;    /* enum mt_symbol_place */
  /* Number of a string + 1: what tells the function from others of its name in the module,
   * "LINE:COLUMN:FILE" of its declaration (0 and empty if unknown) or "+ENTRY", its first address
   * in the ELF file in hexadecimal; 0 if there can be no others, and in traces of older versions.
   */
  uint32_t definition;
};

/* ------------------------------------------------------------------------------------------
 * Events: one batch.
 *
 * Within the batch each thread's events stand in a lane of their own, so that columns are regular;
 * the order column says how lanes interleave, as "Order" tells.
 *
 * Order. Within a thread it is exact. Between threads it follows the process's turns, a number that
 * only grows. Each hook notes it, so that an event which the program's own synchronization puts
 * behind another is of the same turn or of a later one. In merged order turns ascend; a turn begins
 * with the event that took it, which is thereby exact against all events of all threads. A thread
 * takes a turn with its first event and after its last, with a mark, with a block of
 * mt_order.bound_bytes or with the event that brings the bytes it allocated, or its events, to the
 * bounds of mt_order, and mostly with the release of another thread's block. What is left is the
 * order of two threads' other events within one turn: a sum of live bytes is off by at most what
 * each thread allocated in it, which is less than bound_bytes. With MT_ORDER_EXACT there is no such
 * rest. In traces of version 1 the order is that in which the writer took runs of events from their
 * rings, at most some 20 ms apart.
 *
 * Which allocation a release ends does not depend on the order, because releases name allocations:
 *   - of the same lane, by age: 1 names the lane's most recent allocation, 2 the one before;
 *   - of another lane of the batch, by lane and index; in the merged order that allocation may
 *     stand after its release: then the two happen together, at the allocation;
 *   - of a thread whose allocation is not in the file yet (it will be in a later batch): the
 *     release is "early", named by thread and sequence. This name is a hint: hooks know some bits
 *     of the sequence alone, and the thread by its slot and a few bits of how often that was given
 *     out. A block at the address with these bits (MT_RAW_SEQUENCE_BITS) is the one that ends,
 *     whichever thread made it; where none has them or comes, the older block at the address;
 *   - everything else, blocks of earlier batches above all, by address. Blocks that no release of
 *     the batch names (survivors) carry theirs.
 * Where an address allocated by one thread is released by another and at once allocated again by a
 * third, a release by address may stand before the allocation that it ends, or an allocation
 * before the release that made room for it. An address alternates between the two, so a reader
 * pairs a release of a block that is not there with that address's next allocation. An allocation
 * at the address of a block that is still there ends that block; its release, if there is one,
 * follows within the same turn.
 *
 * A lane belongs to a space (see struct mt_space): its allocations are blocks of that space, and
 * its releases end such blocks. A thread has a lane, and a sequence of its own, for each space that
 * it uses. A reader passes over lanes of spaces that it does not know, and over events whose op is
 * reserved: they have their places in the merged order, and no effect.
 *
 * Columns follow the header and the lane table in this order, unpadded, all lanes' parts of a
 * column back to back in lane order. A later minor version may add some at the end, with fields for
 * their lengths at the end of the header.
 *   ops          one byte an event: enum mt_op, or MT_OP_AGE_FIRST + age - 1
 *   fars         LEB128 zigzag, a MT_OP_RELEASE_FAR: index in the lane of the allocation it ends -
 *                index of the one that the lane's last release by age or far ended (at first: 0)
 *   sites        one byte an allocation, the site number's lowest; then, of all lanes again, its
 *                second byte if the batch has over 256 sites; then its third if over 65,536
 *   survivors    LEB128 zigzag, an allocation that no release of this batch names:
 *                (address >> shift) - the lane's previous survivor's
 *   releases     LEB128 zigzag, a MT_OP_RELEASE_ADDRESS:
 *                (address >> shift) - the lane's previous released address
 *   crossings    two LEB128 for each MT_OP_RELEASE_CROSS: lane number, and the allocation's
 *                index in that lane (0 is that lane's first allocation of the batch)
 *   earlies      three LEB128 for each MT_OP_RELEASE_EARLY: thread, sequence, address >> shift
 *   site_stacks  LEB128 zigzag, a site: stack - the previous site's stack
 *   site_sizes   LEB128, a site: size in bytes
 *   order        pairs of LEB128: lane, run of events; absent when there is one lane
 *   times        pairs of LEB128: events since the previous entry (in merged order), and
 *                nanoseconds since the previous entry (the first: since first_time_ns) >> 10
 *   specials     struct mt_record each, one for each MT_OP_SPECIAL, in merged order
 */
struct mt_events_header {
  uint64_t batch;         /* number of this batch, from 1 without gaps */
  uint64_t first_time_ns; /* of its first event, after start_monotonic_ns */
  uint64_t last_time_ns;
  uint32_t lanes;
  uint32_t sites;  /* at most MT_BATCH_SITES_MAX */
  uint32_t events; /* sum over lanes */
  uint32_t specials;
  uint32_t fars_bytes;
  uint32_t survivors_bytes;
  uint32_t releases_bytes;
  uint32_t crossings_bytes;
  uint32_t site_stacks_bytes;
  uint32_t site_sizes_bytes;
  uint32_t order_bytes;
  uint32_t times_bytes;
  uint32_t specials_bytes;
  uint32_t earlies_bytes;
  /* since version 2 */
  uint32_t header_bytes; /* of this header: where the lane table starts */
  uint32_t lane_bytes;   /* from lane to lane of the table */
};

struct mt_lane {
  uint32_t thread;
  uint32_t first_sequence; /* low 32 bits of the sequence of the lane's first allocation */
  uint32_t events;
  uint32_t allocations;
  uint32_t far_releases; /* MT_OP_RELEASE_FAR in this lane */
  uint32_t survivors;
  uint32_t address_releases; /* MT_OP_RELEASE_ADDRESS */
  uint32_t crossings;        /* MT_OP_RELEASE_CROSS and MT_OP_RELEASE_EARLY */
  /* since version 2 */
  uint32_t space;
  uint32_t reserved;
};

enum mt_op {
  MT_OP_ALLOCATE = 0,
  MT_OP_REALLOCATE_MOVED = 1,    /* the new block of a realloc; the old one is the lane's last */
  MT_OP_REALLOCATE_IN_PLACE = 2, /*   release before it. In place: the same address */
  MT_OP_RELEASE_ADDRESS = 3,     /* of a block older than the batch, or of an unknown one */
  MT_OP_RELEASE_CROSS = 4,       /* of a block that another lane allocated in this batch */
  MT_OP_RELEASE_FAR = 5,         /* own lane, age over MT_OP_AGE_LIMIT */
  MT_OP_SPECIAL = 6,             /* neither allocation nor release: see specials */
  MT_OP_RELEASE_EARLY = 7,       /* of a block whose allocation a later batch will bring */
  MT_OP_AGE_FIRST = 8,           /* own lane, age 1; 9 is age 2; … 247 is age 240 */
  MT_OP_AGE_LIMIT = 240,
  MT_OP_RESERVED = 248, /* to 255: for later minor versions, which keep what belongs to such an
                         * event in columns of its own. An event that a reader passes over */
};

#define MT_BATCH_SITES_MAX (1u << 24)
#define MT_TIME_SHIFT 10 /* unit of the times column: 1,024 ns */

/* ------------------------------------------------------------------------------------------
 * Index: what a reader needs to answer for a window of a long trace without replaying the rest. The
 * recorder writes none; the analyzer appends it to a closed, sound trace when it is asked to. Each
 * entry is a checkpoint: the state after the first `event_chunks` MT_CHUNK_EVENTS. Its chunks
 * follow those of the entry before it: `end_parts` of what ended since that entry, one of state,
 * `block_parts` of live blocks. The last entry may stand for the end of the trace (`is_end`): it
 * has no blocks. An entry whose `chain_crc` differs belongs to other events: a reader replays all.
 *
 * A payload is LEB128 numbers; a list is their count and then its items. The state:
 *
 *   totals    events, allocations, reallocations, allocated bytes, frees, frees of unknown blocks,
 *             temporaries, superseded blocks, peak bytes, peak blocks, time of the peak (ns)
 *   position  number of the last batch, the last moment (ns)
 *   threads   list in the order of their appearance: number, next sequence, allocations, allocated
 *             bytes, frees, temporaries, 1 + size of the block that its last event released (0 if
 *             there is none), and what its last release ended: 0 nothing, 1 a known block, 2 an
 *             unknown one, 3 one still to come. Unless that is 0: whether it was temporary, a
 *             block, whether that was ever live, and when it was released (ns)
 *   stacks    list in the order of their first allocation: the node
 *   waiting   lists; each item begins with: address >> shift, how many batches ago, time (ns).
 *             Releases whose block is not there: place of the thread. Early releases: thread,
 *             sequence. Blocks that ended because their address was allocated again, as long as
 *             their release may follow: a block
 *   marks     list: time (ns), thread, bytes of the label, the label's bytes
 *
 * A part of blocks is a list of them. A block is: place of its thread above, sequence, place of its
 * stack, address >> shift, size, the coarse clock (ns >> 20) at the start of its batch, time of its
 * allocation (ns), and its kind (enum mt_op); to the last, 4 * (1 + size) is added if its thread's
 * event before was the release of a block of that known size.
 *
 * A part of ends is a list of flags (1: temporary, 2: its release is in the trace, 4: a failed
 * realloc took the end back), the block, and when it ended (ns). The block is its thread, sequence
 * and address alone unless flag 4 is set. Blocks that began after the entry before it may be left
 * out.
 */
struct mt_index_entry {
  uint64_t event_chunks;
  uint64_t time_ns;   /* of the last event before the checkpoint; none after it is earlier */
  uint32_t chain_crc; /* CRC-32C over payload_crc of each of those event chunks, in order */
  uint32_t end_parts;
  uint32_t block_parts;
  uint32_t is_end;
};

/* ------------------------------------------------------------------------------------------
 * Raw words: what a hook writes into its thread's ring, what staging and MT_CHUNK_RAW hold.
 *
 *    63      60 59              44 43                                                 0
 *   +----------+------------------+---------------------------------------------------+
 *   |   kind   |      detail      |               address >> MT_ADDRESS_SHIFT          |  MT_RAW_*
 *   +----------+------------------+---------------------------------------------------+
 *   |          stack node (32)                 |              size (32)               |  2nd word
 *   +------------------------------------------+--------------------------------------+
 *
 * An event whose block is not in the heap of malloc, or has an address of 2^47 or more, follows a
 * MT_RAW_PREFIX in the same run, which holds for the next word's event alone.
 *
 * While a process has had one thread only, releases name blocks by address alone and the writer
 * finds their allocations. From the second thread on, hooks keep a small table of who allocated
 * what (MT_RAW_DETAIL_OWNED says that a block was entered there), and a release that finds its
 * block in it names the allocation: order between threads then never matters to which block ended.
 */
#define MT_ADDRESS_SHIFT 3
#define MT_RAW_ADDRESS_BITS 44
#define MT_RAW_DETAIL_SHIFT 44
#define MT_RAW_DETAIL_BITS 16
#define MT_RAW_DETAIL_OWNED 1u /* of an allocation: releases that can will name it */
#define MT_RAW_KIND_SHIFT 60
#define MT_RAW_SEQUENCE_BITS 20
#define MT_RAW_SIZE_LARGE 0xffffffffu /* the size is the third word */
#define MT_RAW_EVENT_WORDS_MAX 5u     /* with its stamp and its prefix */
#define MT_RAW_RECORD_BYTES_MAX 8192u

enum mt_raw_kind {
  MT_RAW_PAD = 0,            /* 1 word: nothing; fills what no event fits into at a ring's end */
  MT_RAW_ALLOCATE = 1,       /* 2 words, 3 with MT_RAW_SIZE_LARGE */
  MT_RAW_RELEASE = 2,        /* 1 word; detail: 0, or the age of the block in allocations of its
                              * own thread, which is this one: 1 is the most recent */
  MT_RAW_RELEASE_OF = 3,     /* 2 words; the second: thread (high 32 bits) and the low
                              * MT_RAW_SEQUENCE_BITS bits of the sequence of the allocation that
                              * ends: the thread's latest before this with those bits and this
                              * address, or one still in its ring; if neither, the block is old */
  MT_RAW_REALLOCATE = 4,     /* as MT_RAW_ALLOCATE: the new block of a realloc. The release of the
                              * old one was written before the real realloc, as one of the above */
  MT_RAW_REALLOC_FAILED = 5, /* 1 word: the block of the thread's last release lives on */
  MT_RAW_TIME = 6,           /* 1 word: low 60 bits: ns after start_monotonic_ns, coarse */
  MT_RAW_NODE = 7,           /* 3 words: id (low 32 bits), pc, parent: a stack node's definition */
  MT_RAW_RECORD = 8,         /* low 32 bits: bytes; then that many bytes of struct mt_record(s),
                              * padded to words: module loads and the like */
  MT_RAW_SPECIAL = 9,        /* the same, one record that has its place among the events: a mark */
  MT_RAW_LANE = 10,          /* 3 words, staging and MT_CHUNK_RAW only, ahead of each run of words
                              * from one ring: thread (low 32 bits) and ring slot (28 bits above);
                              * position in the ring of the run's first word; words in the run.
                              * A thread's sequence goes on from its last closed lane, or from 0 */
  MT_RAW_TURN = 11,   /* 1 word: a stamp. Low MT_RAW_TURN_BITS bits: a turn, without its upper bits.
                       * The thread's events from here to its next stamp happened in that turn: see
                       * "Order". 16 bits above: words from the stamp before it in the ring to this
                       * one, MT_RAW_TURN_NO_BACK: more, or there is none. The bit above: the thread
                       * itself began the turn, with its next event */
  MT_RAW_PREFIX = 12, /* 1 word; low 32 bits: space; 16 bits above: bits of the address >> shift
                       * from MT_RAW_ADDRESS_BITS on */
  MT_RAW_OTHER = 13,  /* low 32 bits: words that follow, detail: what they are. A reader that does
                       * not know it passes over them: for later minor versions */
};

#define MT_RAW_TURN_BITS 43
#define MT_RAW_TURN_BACK_SHIFT 43
#define MT_RAW_TURN_NO_BACK 0xffffu
#define MT_RAW_TURN_TAKEN_SHIFT 59

/* ------------------------------------------------------------------------------------------
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
  uint64_t reserved2[2];
};

#ifndef __cplusplus
_Static_assert(offsetof(struct mt_file_header, closed) == 152, "file header checksum range");
_Static_assert(offsetof(struct mt_file_header, extension_bytes) == MT_V1_FILE_HEADER_BYTES,
               "file header of version 1");
_Static_assert(sizeof(struct mt_file_header) == 488, "file header layout");
_Static_assert(sizeof(struct mt_chunk_header) == 32, "chunk header layout");
_Static_assert(sizeof(struct mt_record) == 8, "record layout");
_Static_assert(sizeof(struct mt_module_load) == 64, "module layout");
_Static_assert(sizeof(struct mt_segment) == 32, "segment layout");
_Static_assert(sizeof(struct mt_thread_name) == 24, "thread name layout");
_Static_assert(sizeof(struct mt_end) == 16, "end layout");
_Static_assert(sizeof(struct mt_stacks_header) == 16, "stacks header layout");
_Static_assert(offsetof(struct mt_events_header, header_bytes) == MT_V1_EVENTS_HEADER_BYTES,
               "events header of version 1");
_Static_assert(sizeof(struct mt_events_header) == 88, "events header layout");
_Static_assert(offsetof(struct mt_lane, space) == MT_V1_LANE_BYTES, "lane of version 1");
_Static_assert(sizeof(struct mt_lane) == 40, "lane layout");
_Static_assert(sizeof(struct mt_order) == 32, "order layout");
_Static_assert(sizeof(struct mt_space) == 16, "space layout");
_Static_assert(sizeof(struct mt_location) == 16, "location layout");
_Static_assert(sizeof(struct mt_index_entry) == 32, "index entry layout");
_Static_assert(sizeof(struct mt_symbols_header) == 32, "symbols header layout");
_Static_assert(sizeof(struct mt_symbol_module) == 32, "symbol module layout");
_Static_assert(sizeof(struct mt_symbol_address) == 16, "symbol address layout");
_Static_assert(sizeof(struct mt_symbol_frame) == 32, "symbol frame layout");
_Static_assert(offsetof(struct mt_live_header, staging) == 48, "live header layout");
_Static_assert(sizeof(struct mt_memory_sample) == 80, "memory sample layout");
_Static_assert(offsetof(struct mt_live_header, large_stride) == 104, "live header of version 1");
_Static_assert(sizeof(struct mt_live_header) == 640, "live header layout");
_Static_assert(sizeof(struct mt_v1_live_header) == 248, "live header of version 1");
_Static_assert(offsetof(struct mt_ring_header, tail) == 64, "ring header: a cache line a side");
_Static_assert(sizeof(struct mt_ring_header) == 128, "ring header layout");
#endif

#endif
