/*
 * process.c: the calls by which a process ends, forks or becomes another program. Each leaves the
 * trace closed, or noted, and then does what it always did. A child made by vfork comes through
 * here on its parent's memory: it is told apart by its pid and passed through.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/sys.h"
#include "next_functions.h"
#include "process/untraced.h"
#include "recorder.h"
#include "untraced.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT void _exit(int status) {
  mt_recorder_finish(MT_END_EXIT_NOW, status);
  mt_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

EXPORT void _Exit(int status) { _exit(status); }

EXPORT void quick_exit(int status) {
  mt_recorder_note_end(MT_END_EXIT_NOW, status); /* its handlers may still allocate */
  MT_NEXT(quick_exit)(status);
  __builtin_unreachable();
}

EXPORT void abort(void) {
  mt_recorder_note_end(MT_END_ABORT, 0);
  MT_NEXT(abort)();
  __builtin_unreachable();
}

/* The fork for signal handlers: it runs no handlers of its own. */
EXPORT pid_t _Fork(void);
EXPORT pid_t _Fork(void) {
  pid_t (*next)(void) = MT_NEXT(_Fork);
  if (next == NULL) return fork(); /* of a C library that has none, nobody asks for it */
  pid_t child = next();
  if (child == 0) mt_recorder_forked();
  if (child > 0) mt_recorder_has_forked();
  return child;
}

/* What each exec does around the real one; errno is the real one's. */
#define EXEC(call)                   \
  ({                                 \
    mt_recorder_before_exec();       \
    int result = (call);             \
    mt_recorder_after_failed_exec(); \
    result;                          \
  })

/* Likewise, of a program that is looked at first: it may be one that cannot be recorded. */
#define EXEC_FILE(file, searches, envp, call)                     \
  ({                                                              \
    bool is_noted = mt_untraced_exec((file), (searches), (envp)); \
    int outcome = EXEC(call);                                     \
    if (is_noted) mt_untraced_retract(mt_sys_pid());              \
    outcome;                                                      \
  })

EXPORT int execve(const char *path, char *const argv[], char *const envp[]) {
  return EXEC_FILE(path, false, envp, MT_NEXT(execve)(path, argv, envp));
}

EXPORT int execv(const char *path, char *const argv[]) {
  return EXEC_FILE(path, false, environ, MT_NEXT(execv)(path, argv));
}

EXPORT int execvp(const char *file, char *const argv[]) {
  return EXEC_FILE(file, true, environ, MT_NEXT(execvp)(file, argv));
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[]) {
  return EXEC_FILE(file, true, envp, MT_NEXT(execvpe)(file, argv, envp));
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[]) {
  return EXEC(MT_NEXT(fexecve)(fd, argv, envp));
}

EXPORT int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags) {
  return EXEC(MT_NEXT(execveat)(fd, path, argv, envp, flags));
}

/* The arguments of execl and its kin as an array on the caller's stack, NULL at its end; `rest` is
 * left behind them. */
#define COLLECT(argv, rest, first)                      \
  va_list rest;                                         \
  va_start(rest, first);                                \
  size_t count = 1;                                     \
  if (first != NULL) {                                  \
    do {                                                \
      count++;                                          \
    } while (va_arg(rest, char *) != NULL);             \
  }                                                     \
  va_end(rest);                                         \
  char **argv = __builtin_alloca(count * sizeof *argv); \
  argv[0] = (char *)first;                              \
  va_start(rest, first);                                \
  for (size_t i = 1; i < count; i++) argv[i] = va_arg(rest, char *)

EXPORT int execl(const char *path, const char *first, ...) {
  COLLECT(argv, rest, first);
  va_end(rest);
  return execv(path, argv);
}

EXPORT int execlp(const char *file, const char *first, ...) {
  COLLECT(argv, rest, first);
  va_end(rest);
  return execvp(file, argv);
}

EXPORT int execle(const char *path, const char *first, ...) {
  COLLECT(argv, rest, first);
  char *const *envp = va_arg(rest, char *const *);
  va_end(rest);
  return execve(path, argv, envp);
}
