/*
 * untraced.h: programs that this process, or a child of it that shares its memory, becomes by exec
 * and that cannot be recorded: found out from their files, so that the trace names them. What is
 * noted here the writer puts into the trace.
 */
#ifndef MEMTRACE_UNTRACED_H
#define MEMTRACE_UNTRACED_H

#include <stdbool.h>
#include <stdint.h>

#define MT_UNTRACED_PATH_BYTES 256u /* of longer ones the end is kept */

/* [init] `library`: how LD_PRELOAD must name the recorder in a child's environment, if it does so
 * in this process's. */
void mt_untraced_begin(char **environment, const char *library);

/* [signal-safe] Why the program at `path`, started with `environment`, cannot be recorded: enum
 * mt_untraced_reason; 0: it can, or nobody can tell. Some 5 microseconds. */
uint32_t mt_untraced_reason(const char *path, char *const environment[]);

/* [signal-safe] Process `pid` becomes such a program. */
void mt_untraced_note(int pid, const char *path, uint32_t reason);

/* [signal-safe] It does not: the exec failed. */
void mt_untraced_retract(int pid);

struct mt_untraced_program {
  int pid;
  uint32_t reason;
  char path[MT_UNTRACED_PATH_BYTES];
};

/* [writer] Takes one of the programs noted; false if there is none. */
bool mt_untraced_take(struct mt_untraced_program *program);

/* [writer] How many there was no room to note. */
uint64_t mt_untraced_lost(void);

/* [hook] In the child of a fork: what the parent noted is the parent's. */
void mt_untraced_forget(void);

#endif
