/*
 * memory_figures.h: what the kernel says of memory when the program asks: of the process, of the
 * system, of the control group that the process is in. Read from /proc and /sys/fs/cgroup with
 * system calls of our own: for no hook of malloc.
 */
#ifndef MEMTRACE_MEMORY_FIGURES_H
#define MEMTRACE_MEMORY_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

/* No limit is set. */
#define MT_NO_LIMIT UINT64_MAX

/* Bytes; 0: not known. */
struct mt_memory_figures {
  uint64_t resident;
  uint64_t virtual;
  uint64_t system;
  uint64_t system_available;
  uint64_t group;       /* what the group uses, as far as it is charged for */
  uint64_t group_limit; /* the least of its own and of those above it; or MT_NO_LIMIT */
};

/* [signal-safe] Fills in `resident` and `virtual` alone, in some microseconds. False if they are
 * not known. */
bool mt_figures_of_process(struct mt_memory_figures *figures);

/* [any, not in a hook] Fills in the rest: about a hundred microseconds, and 10 KB of the stack. */
void mt_figures_of_system(struct mt_memory_figures *figures);

/*
 * [any, not in a hook] The limit that is nearest to ending the process, and what is used of it: the
 * memory of a control group; the address space; or what is resident beside what the system has
 * available and free in its swap. A hundred microseconds and more, 10 KB of the stack. False if
 * nothing is known.
 */
bool mt_figures_of_nearest_limit(uint64_t *used, uint64_t *limit);

#endif
