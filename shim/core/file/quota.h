/*
 * quota.h: whether a file's disk may refuse a page whose block is reserved. On btrfs a limit on
 * what a subvolume may hold (a quota group's) does: each page that is written to again takes from
 * it for a moment, and where it is used up, whoever writes through a mapping gets a SIGBUS.
 */
#ifndef MEMTRACE_QUOTA_H
#define MEMTRACE_QUOTA_H

#include <stdbool.h>

/* [writer] True if the file behind `fd` is on a btrfs with such a limit. */
bool mt_quota_may_refuse(int fd);

#endif
