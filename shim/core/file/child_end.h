/*
 * child_end.h: how a child ended that could not say it itself. A process that a signal kills leaves
 * its trace open; whoever waits for it learns of the signal, and notes it there.
 */
#ifndef MEMTRACE_CHILD_END_H
#define MEMTRACE_CHILD_END_H

#include <stdbool.h>

/*
 * [signal-safe] `pid`, a child of this process that has been waited for, was killed by `signal`;
 * `waited` if the wait for it took its time, so that the child has only just ended.
 * Looks for the traces of it in the run's folder; those that are closed, or of another process, are
 * left alone. Does nothing when this process does not belong to a run.
 */
void mt_child_killed(int pid, int signal, bool waited);

#endif
