/*
 * live_file.h: the file that holds the live region while a trace is recorded. It is beside the
 * trace under a hidden name, and hooks write to it through a mapping, so it must not be able to
 * lose a page: its blocks are reserved before they are used, it is of mode 0400, and while the
 * writer's task lives a lease has the kernel ask before anybody shortens it. This file knows
 * nothing of what is in the region. [writer] unless it is said.
 */
#ifndef MEMTRACE_LIVE_FILE_H
#define MEMTRACE_LIVE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "file/descriptor.h"
#include "process/options.h"
#include "trace_format.h"

struct mt_live_file {
  int fd;         /* -1: there is no file, or none that can be reached */
  bool is_shared; /* the descriptor is among the program's; see descriptor.h */
  bool is_locked; /* as long as it is mapped, or this descriptor is there */
  bool is_leased;
  bool is_exposed; /* see mt_live_file_is_exposed */
  struct mt_file_identity identity;
  char path[MT_PATH_BYTES];
};

extern struct mt_live_file mt_live_file;

/* What the lease says of others. */
enum mt_live_claim {
  MT_LIVE_UNCLAIMED = 0,
  MT_LIVE_CLAIMED = 1, /* somebody waits to shorten the file or to write to it */
};

/*
 * Creates the file beside the trace at `trace_path` and writes its name to `name`
 * (MT_LIVE_NAME_BYTES). 0 or -errno.
 */
int mt_live_file_create(const char *trace_path, char *name, bool is_shared);

/* The descriptor, sure to be this file, for a change that leaves it at most `end` bytes long; or
 * -errno. */
int mt_live_file_descriptor(uint64_t end);

/* Makes [offset, offset + bytes) part of the file, with blocks that no other file can take. 0 or
 * -errno. */
long mt_live_file_reserve(uint64_t offset, uint64_t bytes);

/* [writer] Is it on a full btrfs? That one reserves room for every page that is written to again,
 * blocks kept in place or not, and looks for it for milliseconds: a minute for what rings hold. */
bool mt_live_file_is_starved(void);

/* Makes the file as long as what is mapped of it, without blocks: leak checkers and collectors read
 * all that is mapped, and a page behind the file's end is a SIGBUS. */
void mt_live_file_extend(uint64_t bytes);

/* Takes the lease; the calling task is the one that the kernel tells. In vain where the descriptor
 * is shared, where a file system has no leases, and while anybody else has the file open. */
void mt_live_file_lease(void);
void mt_live_file_end_lease(void);

/* Lets in who waits to read the file. Whoever waits to change it goes on waiting, until the lease
 * is ended: the mapping must be gone by then. */
enum mt_live_claim mt_live_file_check(void);

/* True while the lease was given up to let a reader in, and is to be taken again. */
bool mt_live_file_is_exposed(void);

/* [signal-safe] Opens a live file, of whichever trace, to write to it: its mode keeps its owner
 * out, too, but for a moment. A descriptor or -errno. */
int mt_live_file_open_at(int folder, const char *name);

/* The region is mapped from the present descriptor now: locks that one, too. */
void mt_live_file_lock(void);

/* Opens the file again in the calling task, whose descriptor it then is. 0 or -errno. */
int mt_live_file_open_again(bool is_shared);

/* In the child of a fork: forgets the file, of whose descriptor it may have a copy. */
void mt_live_file_forget(void);

/* Ends the lease and leaves the file to the program's threads, which open it again if need be. */
void mt_live_file_hand_over(void);

/* Ends the lease and closes the descriptor. */
void mt_live_file_close(void);

/* Cuts the file, whose mapping is gone, to its first `bytes`. */
void mt_live_file_cut(uint64_t bytes);

/* Deletes the file and closes it: whatever is still mapped stays. */
void mt_live_file_remove(void);

#endif
