/*
 * next_functions.h: the functions beside malloc's family that the library replaces, and hands on
 * to: of each the next definition in the loader's order. They are found when the library is loaded,
 * because to look for one takes the loader's lock, and most may be called where nobody may wait for
 * that: in a signal handler, or in the child of a fork before its exec, where the lock may have
 * been another thread's and is never given back.
 */
#ifndef MEMTRACE_NEXT_FUNCTIONS_H
#define MEMTRACE_NEXT_FUNCTIONS_H

#include "base/atomics.h"

/* clang-format off */
#define MT_NEXT_FUNCTIONS(EACH) \
  EACH(_Fork) EACH(abort) EACH(brk) EACH(capset) EACH(chroot) EACH(dl_iterate_phdr)         \
  EACH(dlclose) EACH(execv) EACH(execve) EACH(execveat) EACH(execvp) EACH(execvpe)        \
  EACH(fexecve) EACH(initgroups) EACH(mmap) EACH(mmap64) EACH(mprotect) EACH(mremap) EACH(munmap)       \
  EACH(pkey_mprotect) EACH(posix_spawn) EACH(posix_spawnp) EACH(prctl) EACH(quick_exit)   \
  EACH(sbrk) EACH(setegid) EACH(seteuid) EACH(setfsgid) EACH(setfsuid) EACH(setgid)       \
  EACH(setgroups) EACH(setns) EACH(setregid) EACH(setresgid) EACH(setresuid)              \
  EACH(setreuid) EACH(setuid) EACH(shmdt) EACH(unshare) EACH(wait4) EACH(waitid)            \
  EACH(waitpid)
/* clang-format on */

typedef void mt_any_function(void);

struct mt_next_functions {
#define MT_FIELD(name) mt_any_function *name;
  MT_NEXT_FUNCTIONS(MT_FIELD)
#undef MT_FIELD
};

extern struct mt_next_functions mt_next_functions;

/* [init] Finds all of them. */
void mt_next_functions_find(void);

/* Finds one, for a caller that comes before: NULL if there is none. */
mt_any_function *mt_next_functions_find_one(mt_any_function **where, const char *name);

/* The next definition of `name`, as a pointer of its own type; NULL if there is none. */
#define MT_NEXT(name)                                            \
  ((__typeof__(&name))(mt_likely(mt_next_functions.name != NULL) \
                           ? mt_next_functions.name              \
                           : mt_next_functions_find_one(&mt_next_functions.name, #name)))

#endif
