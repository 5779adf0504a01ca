/*
 * memtrace.h: what a program can say to the profiler that may be recording it.
 *
 * The header is all there is to it: nothing is linked. When the program is loaded it looks whether
 * libmemtrace.so was preloaded; without it a call is one comparison and does nothing, so calls may
 * stay in what is shipped. Other languages find the same functions by dlsym(RTLD_DEFAULT, …), as
 * Python's ctypes.CDLL(None) does.
 */
#ifndef MEMTRACE_H
#define MEMTRACE_H

#include <dlfcn.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a mark's label that are recorded; what is longer is cut, never within a character. */
#define MEMTRACE_LABEL_BYTES_MAX 255

/* A program without dlsym, such as a static one, cannot be recorded and need not link it. */
#pragma weak dlsym

/* Written once, before the program's own constructors. */
static void (*memtrace_mark_recorder)(const char *label);

__attribute__((constructor(101))) static void memtrace_find_recorder(void) {
  /* The null handle is RTLD_DEFAULT, which dlfcn.h names for GNU sources only. */
  if (dlsym) *(void **)&memtrace_mark_recorder = dlsym((void *)0, "memtrace_mark");
}

/*
 * Records a mark: a moment with a name, shown by `memtrace-analyze timeline` and usable wherever
 * an option takes a time. `label` is UTF-8, ended by NUL, and is copied; NULL does nothing. What
 * the calling thread allocates or releases before the call lies before the mark, the rest behind.
 * Any thread may call it, signal handlers too: it allocates nothing and keeps errno.
 */
static inline void memtrace_mark(const char *label) {
  if (memtrace_mark_recorder) memtrace_mark_recorder(label);
}

#ifdef __cplusplus
}
#endif

#endif
