/*
 * system.c: libc's `syscall`. Most numbers go on to the next definition by a jump: a new task may
 * come back from it beside the old one (clone, vfork), on whatever stack. The few that end the
 * program, or change what memory or rights it has, are made known first, as if their own function
 * had been called.
 */
#include <dlfcn.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "namespaces.h"
#include "process/process.h"
#include "rights.h"
#include "rings/thread.h"

#define NUMBERS 512
#define LANDLOCK_RESTRICT_SELF 446

/* 1: mt_system_call makes it. */
__attribute__((used, visibility("hidden"))) const uint8_t mt_system_followed[NUMBERS] = {
    [SYS_exit] = 1,      [SYS_exit_group] = 1,    [SYS_execve] = 1,
    [SYS_execveat] = 1,  [SYS_munmap] = 1,        [SYS_mremap] = 1,
    [SYS_mprotect] = 1,  [SYS_pkey_mprotect] = 1, [SYS_mmap] = 1,
    [SYS_shmdt] = 1,     [SYS_setuid] = 1,        [SYS_setgid] = 1,
    [SYS_setreuid] = 1,  [SYS_setregid] = 1,      [SYS_setresuid] = 1,
    [SYS_setresgid] = 1, [SYS_setfsuid] = 1,      [SYS_setfsgid] = 1,
    [SYS_setgroups] = 1, [SYS_capset] = 1,        [SYS_chroot] = 1,
    [SYS_unshare] = 1,   [SYS_setns] = 1,         [SYS_pivot_root] = 1,
    [SYS_prctl] = 1,     [SYS_seccomp] = 1,       [LANDLOCK_RESTRICT_SELF] = 1,
};

typedef long system_call(long number, long a, long b, long c, long d, long e, long f);

/* The next definition of syscall, found when the library is loaded, as those of next_functions.h
 * are, or when it is first asked for. */
__attribute__((used, visibility("hidden"))) system_call *mt_system_next;

__attribute__((constructor(101), visibility("hidden"))) void mt_system_find(void);
void mt_system_find(void) { *(void **)&mt_system_next = dlsym(RTLD_NEXT, "syscall"); }

#include "arch/system_entry.h"

static long make(const long *data) {
  return mt_system_next(data[0], data[1], data[2], data[3], data[4], data[5], data[6]);
}

static void forget(long start, long bytes) {
  uint64_t from = (uint64_t)start, end = from + (uint64_t)bytes;
  mt_threads_forget_memory(from, end < from ? UINT64_MAX : end);
}

/* The same of a single thread, whose rights are not the process's: the task has the first one's. */
static long give_up_alone(const long *data) {
  if (mt_process.pid != getpid() || gettid() != getpid()) return make(data);
  return MT_GIVING_UP(make(data));
}

static long filter_by_prctl(const long *data) {
  bool is_strict = data[2] == SECCOMP_MODE_STRICT;
  return mt_rights_filter(is_strict ? NULL : (const struct sock_fprog *)data[3], 0, make, data);
}

static long filter(const long *data) {
  if (data[1] == SECCOMP_SET_MODE_STRICT) return mt_rights_filter(NULL, 0, make, data);
  if (data[1] != SECCOMP_SET_MODE_FILTER) return make(data);
  return mt_rights_filter((const struct sock_fprog *)data[3], (unsigned)data[2], make, data);
}

static bool gives_up(long option) {
  return option == PR_SET_NO_NEW_PRIVS || option == PR_CAPBSET_DROP || option == PR_CAP_AMBIENT;
}

static long become(const long *data) {
  mt_recorder_before_exec();
  long result = make(data);
  mt_recorder_after_failed_exec();
  return result;
}

__attribute__((visibility("hidden"))) system_call mt_system_call;
long mt_system_call(long number, long a, long b, long c, long d, long e, long f) {
  if (mt_system_next == NULL) mt_system_find();
  const long data[7] = {number, a, b, c, d, e, f};
  switch (number) {
    case SYS_exit:
      mt_store_release(&mt_writer_raw_exit, (int)a);
      return make(data);
    case SYS_exit_group:
      mt_recorder_finish(MT_END_EXIT_NOW, (int)a);
      return make(data);
    case SYS_execve:
    case SYS_execveat:
      return become(data);
    case SYS_mmap:
      if ((d & MAP_FIXED) != 0) forget(a, b);
      return make(data);
    case SYS_mremap:
      if ((d & MREMAP_FIXED) != 0) forget(e, c);
      forget(a, b);
      return make(data);
    case SYS_mprotect:
      if ((c & PROT_READ) == 0) forget(a, b);
      return make(data);
    case SYS_munmap:
    case SYS_pkey_mprotect:
      forget(a, b);
      return make(data);
    case SYS_shmdt:
      forget(a, INT64_MAX);
      return make(data);
    case SYS_seccomp:
      return filter(data);
    case SYS_prctl:
      mt_rights_before_prctl(a, b);
      if (a == PR_SET_SECCOMP) return filter_by_prctl(data);
      if (a == PR_SET_SECUREBITS) return MT_LEAVING(make(data)); /* no status file shows them */
      return gives_up(a) ? give_up_alone(data) : make(data);
    case SYS_unshare:
    case SYS_setns:
      return mt_namespace_call(make, data, number == SYS_setns && b == CLONE_NEWTIME);
    case SYS_chroot:
    case SYS_pivot_root:
    case LANDLOCK_RESTRICT_SELF:
      return MT_LEAVING(make(data));
    default:
      return give_up_alone(data);
  }
}
