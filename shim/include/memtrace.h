/*
 * memtrace.h: what a program can say to the profiler that may be recording it, and ask of it.
 *
 * The header is all there is to it: nothing is linked. When the program is loaded it asks the
 * dynamic loader once whether libmemtrace.so was preloaded, and copies the library's table of
 * functions. Without the library every call is one load and one comparison and does nothing, so
 * calls may stay in what is shipped. A static program cannot be recorded; it links and runs.
 *
 * C11 and later, C++ from C++11 on. Other languages get the same table from the function
 * memtrace_functions, which dlsym(RTLD_DEFAULT, …) finds; see struct memtrace_table.
 *
 * Strings are UTF-8, ended by NUL, and copied; of each at most MEMTRACE_LABEL_BYTES_MAX bytes are
 * recorded, never a part of a character. NULL is an empty string, and as a mark none.
 *
 * All functions may be called by any thread at any time, and from signal handlers but for
 * memtrace_stop, memtrace_get_stats and those about thresholds. They allocate nothing, but for the
 * first threshold with a function, and keep errno. What the calling
 * thread allocates or frees before a call lies before its moment, the rest after it; what other
 * threads do at that time may be counted up to a millisecond off.
 */
#ifndef MEMTRACE_H
#define MEMTRACE_H

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a label that are recorded; what is longer is cut. */
#define MEMTRACE_LABEL_BYTES_MAX 255

/* There is no limit. */
#define MEMTRACE_NO_LIMIT UINT64_MAX

/* A free-standing phase; 0 is none. */
typedef uint64_t memtrace_phase_t;

/* Figures of the moment: bytes, but for the two counts. 0: not known. */
struct memtrace_stats {
  uint64_t resident_bytes;         /* of the process, the recorder's own memory included */
  uint64_t virtual_bytes;          /* likewise */
  uint64_t allocations;            /* that this process has recorded */
  uint64_t lost_events;            /* allocations and frees that are missing in its trace */
  uint64_t system_bytes;           /* memory of the machine */
  uint64_t system_available_bytes; /* what new work could use without swapping */
  uint64_t cgroup_bytes;           /* charged to the control group that the process is in */
  uint64_t cgroup_limit_bytes;     /* the lowest limit of it and the groups above it, or
                                    * MEMTRACE_NO_LIMIT */
  /* Blocks of the C library's malloc that live, each as large as malloc made it, which is more than
   * was asked for; and the most that was seen so far, at every call and 50 times a second while
   * there are thresholds. 0 unless MEMTRACE_COUNT_HEAP=1 asks for it (memtrace run --count-heap).
   */
  uint64_t heap_bytes;
  uint64_t heap_blocks;
  uint64_t heap_peak_bytes;
};

/* A threshold that the program has added; 0 is none. */
typedef uint64_t memtrace_threshold_t;

/* What was seen when a threshold was reached. */
struct memtrace_crossing {
  const char *label;       /* as it was added; valid during the call */
  uint64_t measured_bytes; /* of what the threshold is of */
  uint64_t limit_bytes;    /* the threshold, a share turned into bytes */
  uint64_t resident_bytes; /* of the process */
};

typedef void (*memtrace_threshold_function)(const struct memtrace_crossing *crossing,
                                            void *argument);

/*
 * The functions of the library. Later versions append some: `bytes` is how much of this struct the
 * loaded library has. All are as the inline functions below.
 */
struct memtrace_table {
  size_t bytes;
  void (*mark)(const char *label);
  void (*snapshot)(const char *label);
  void (*phase_begin)(const char *name);
  void (*phase_end)(void);
  memtrace_phase_t (*phase_open)(const char *name);
  void (*phase_close)(memtrace_phase_t phase);
  void (*pause)(void);
  void (*resume)(void);
  void (*stop)(void);
  int (*stats)(struct memtrace_stats *stats, size_t bytes);
  memtrace_threshold_t (*threshold_add)(const char *value, const char *label,
                                        memtrace_threshold_function function, void *argument);
  void (*threshold_remove)(memtrace_threshold_t threshold);
};

#ifndef MEMTRACE_TYPES_ONLY /* for who finds the table in another way */

/* A program without dlsym, such as a static one, cannot be recorded and need not link it. */
#pragma weak dlsym

/* What the loaded library has; NULL where it has less, or there is none. Written once, before the
 * program's own constructors. */
static struct memtrace_table memtrace_loaded;

__attribute__((constructor(101))) static void memtrace_find_recorder(void) {
  const struct memtrace_table *(*functions)(void) = NULL;
  /* The null handle is RTLD_DEFAULT, which dlfcn.h names for GNU sources only. */
  if (dlsym) *(void **)&functions = dlsym((void *)0, "memtrace_functions");
  if (!functions) return;
  const struct memtrace_table *found = functions();
  size_t bytes = found->bytes < sizeof memtrace_loaded ? found->bytes : sizeof memtrace_loaded;
  __builtin_memcpy(&memtrace_loaded, found, bytes);
}

/* Whether libmemtrace.so is loaded. It may record nothing nonetheless: paused, or stopped. */
static inline int memtrace_is_loaded(void) { return memtrace_loaded.bytes != 0; }

/*
 * Records a mark: a moment with a name, shown by `memtrace-analyze timeline` and usable wherever an
 * option takes a time. Costs about half a microsecond.
 */
static inline void memtrace_mark(const char *label) {
  if (memtrace_loaded.mark) memtrace_loaded.mark(label);
}

/*
 * Records a snapshot: a mark with the memory that is resident and mapped at that moment. What the
 * heap consists of then follows from the trace: `memtrace-analyze snapshots` lists them, `diff
 * --from LABEL --to LABEL` compares two. Costs three system calls, some microseconds.
 */
static inline void memtrace_snapshot(const char *label) {
  if (memtrace_loaded.snapshot) memtrace_loaded.snapshot(label);
}

/*
 * Begins a phase of the calling thread, and ends the one that it began last. Phases of a thread
 * nest; each thread has its own. `memtrace-analyze phases` says what each cost; `--from NAME --to
 * 'NAME end'` is the window of one in every report. An end without a beginning does nothing. Each
 * costs about as much as a mark.
 */
static inline void memtrace_phase_begin(const char *name) {
  if (memtrace_loaded.phase_begin) memtrace_loaded.phase_begin(name);
}
static inline void memtrace_phase_end(void) {
  if (memtrace_loaded.phase_end) memtrace_loaded.phase_end();
}

/*
 * A free-standing phase, for asynchronous code: it may overlap others, and end on another thread
 * than it began. Its allocations are those of all threads meanwhile. Returns 0 without the library;
 * closing 0, or a phase twice, does nothing. Costs as above.
 */
static inline memtrace_phase_t memtrace_phase_open(const char *name) {
  return memtrace_loaded.phase_open ? memtrace_loaded.phase_open(name) : 0;
}
static inline void memtrace_phase_close(memtrace_phase_t phase) {
  if (memtrace_loaded.phase_close) memtrace_loaded.phase_close(phase);
}

/*
 * From a pause to the next resume allocations are not recorded, by whichever thread; frees of
 * recorded blocks are. A block that is allocated in a pause never was in the trace, nor is its
 * free; one that is resized in a pause leaves it. Mappings (mmap and its kin) are recorded all the
 * time. Pauses do not nest: a second one does nothing. A
 * process that is forked in a pause pauses, too. Calls that other threads are in the middle of may
 * still be recorded. In a pause a call of malloc or free costs some ten nanoseconds more than
 * alone; where there are no pauses nothing costs more.
 */
static inline void memtrace_pause(void) {
  if (memtrace_loaded.pause) memtrace_loaded.pause();
}
static inline void memtrace_resume(void) {
  if (memtrace_loaded.resume) memtrace_loaded.resume();
}

/*
 * Closes the trace for good, here and in processes that are forked from here on: reports say when.
 * Blocks that live count as live to the end. Waits until the trace is whole, milliseconds; not from
 * a signal handler.
 */
static inline void memtrace_stop(void) {
  if (memtrace_loaded.stop) memtrace_loaded.stop();
}

/*
 * Fills in the figures of the moment. Returns 1; without the library 0, and all figures are 0.
 * Reads eight files or so of the kernel's: about a hundred microseconds. Not from a signal handler,
 * whose stack may be small.
 */
static inline int memtrace_get_stats(struct memtrace_stats *stats) {
  if (memtrace_loaded.stats) return memtrace_loaded.stats(stats, sizeof *stats);
  __builtin_memset(stats, 0, sizeof *stats);
  return 0;
}

/*
 * Calls `function` whenever memory has reached a value: "500M" or "resident:500M" of resident
 * memory, "heap:1G" of live blocks (see heap_bytes above), or a share: "heap:40%" of the memory of
 * the system or of the control group, whichever is less; "oom:90%" of the nearest limit that ends
 * the process. K, M, G and T are powers of 1,024. It is noticed within 100 ms, and again only after
 * the memory has fallen below nine tenths of the value.
 *
 * Each time is a snapshot with the label, of which 63 bytes are kept, in the trace:
 * `memtrace-analyze thresholds`. `function` may be NULL; it is called on a thread that is made for
 * it, the same for all thresholds, with all signals blocked. It may do whatever a thread may,
 * allocate, too. A process that is forked has no thresholds. While recording is stopped, or if no
 * thread can write the trace, nothing is noticed.
 *
 * Returns 0 if the value is none, of the heap where that is not counted, if there are fourteen
 * already, or without the library. Costs the program nothing but the thread; the recorder reads a
 * small file 50 times a second.
 */
static inline memtrace_threshold_t memtrace_threshold_add(const char *value, const char *label,
                                                          memtrace_threshold_function function,
                                                          void *argument) {
  if (!memtrace_loaded.threshold_add) return 0;
  return memtrace_loaded.threshold_add(value, label, function, argument);
}

/* Removes a threshold. Once this returns its function is not running, and never called again; from
 * within the function itself it returns at once. 0, or one that is removed, does nothing. */
static inline void memtrace_threshold_remove(memtrace_threshold_t threshold) {
  if (memtrace_loaded.threshold_remove) memtrace_loaded.threshold_remove(threshold);
}

#endif

#ifdef __cplusplus
}
#endif

#endif
