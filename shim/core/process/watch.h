/*
 * watch.h: what the writer's task sees of the program from outside, by the files of /proc that it
 * opened when it began: whether any of the program's threads is left, and what they may do. The C
 * library knows nothing of the task: an exit of its last thread does not end it, and a change of
 * the program's rights does not change its rights. Everything here is [writer], in the task.
 */
#ifndef MEMTRACE_WATCH_H
#define MEMTRACE_WATCH_H

#include <stdbool.h>

enum mt_watched {
  MT_WATCHED_SAME,     /* the task may do what the program may, or was made to do no more */
  MT_WATCHED_ALONE,    /* the program has ended: only the task is left */
  MT_WATCHED_FILTERED, /* a seccomp filter that nobody saw: any system call may be the last */
  MT_WATCHED_LESS,     /* the program has given up rights that the task cannot give up */
};

/* [any] Can the program be watched? Where there is no /proc it cannot, and there must be no task.
 */
bool mt_watch_is_possible(void);

/* [any] Whether it was possible when that was last asked, for a child of a fork: it need not open a
 * file to find out. Where that has changed, the first look says MT_WATCHED_LESS. */
bool mt_watch_was_possible(void);

/* The task begins. `is_as_program`: the program's first thread has just started it, with the rights
 * that it has itself. */
void mt_watch_begin(bool is_as_program);

/* [writer] Whether the program was under a seccomp filter when the watch began, or last looked. */
bool mt_watch_is_filtered(void);

/* Compares again. Gives up what the program has given up: credentials, capabilities, and the right
 * to gain privileges. */
enum mt_watched mt_watch_look(void);

/* Of a program that is MT_WATCHED_ALONE: how its first thread ended, as wait(2) would say it. */
int mt_watch_wait_status(void);

/* Ends the task, and with it the process, so that wait(2) says that. Returns only if it cannot. */
void mt_watch_end_like(int wait_status);

#endif
