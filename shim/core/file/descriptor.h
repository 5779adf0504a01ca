/*
 * descriptor.h: the trace's descriptor in a process whose writer has no task of its own. There it
 * stands among the program's descriptors, which the program may close, or put other files in place
 * of: it is looked at before every use, opened again when it is gone, and never written through
 * when it is another file. It is kept at a high number, out of the way of the lowest free ones that
 * the program is given. [writer] all of it.
 */
#ifndef MEMTRACE_DESCRIPTOR_H
#define MEMTRACE_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

/* Which file a trace is, whatever it is called by now. */
struct mt_file_identity {
  uint64_t device;
  uint64_t inode;
};

/* The file behind `fd`; zeros when there is none. */
struct mt_file_identity mt_descriptor_identity(int fd);

/* Moves `fd` to a high number if there is one free. The descriptor to use from then on. */
int mt_descriptor_move_up(int fd);

/*
 * A new descriptor of the file `identity`: by its path, or, where that leads elsewhere by now,
 * through that of task `tid`, whose descriptor it is under number `fd` (0: no such task). -errno
 * when it cannot be reached.
 */
int mt_descriptor_open(const struct mt_file_identity *identity, const char *path, int tid, int fd);

/* True when `fd` is the file `identity`. */
bool mt_descriptor_is(int fd, const struct mt_file_identity *identity);

/* True when this process may not have files of `bytes` (RLIMIT_FSIZE): the attempt would raise
 * SIGXFSZ in the thread that makes it. */
bool mt_descriptor_beyond_limit(uint64_t bytes);

#endif
