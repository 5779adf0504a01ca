/*
 * sys.h: the system calls that the recording library makes, straight to the kernel. Each returns
 * the kernel's result or -errno; none touches errno, allocates, locks or is a cancellation point.
 * [hook] [signal-safe] all of them.
 */
#ifndef MEMTRACE_SYS_H
#define MEMTRACE_SYS_H

#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>

#include "arch/arch.h"
#include "base/atomics.h"
#include "base/own_memory.h"

/* Not 0: the program's seccomp filter may kill whoever makes another system call. None is made, and
 * each says that there is no such call. Weak: a definition for whoever links a part of this. */
__attribute__((weak, visibility("hidden"))) uint32_t mt_sys_forbidden;

static inline bool mt_sys_is_forbidden(void) {
  return __builtin_expect(mt_load_relaxed(&mt_sys_forbidden) != 0, 0);
}

static inline long mt_syscall_if_allowed(long number, long a, long b, long c, long d, long e,
                                         long f) {
  if (mt_sys_is_forbidden()) return -38; /* ENOSYS */
  return mt_syscall6(number, a, b, c, d, e, f);
}

#define mt_syscall(number, a, b, c, d, e, f) \
  mt_syscall_if_allowed((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline bool mt_sys_failed(long result) { return (unsigned long)result > -4096ul; }

/* NULL on failure. */
static inline void *mt_sys_map(void *hint, size_t bytes, int protection, int flags, int fd,
                               uint64_t offset) {
  long result = mt_syscall(SYS_mmap, hint, bytes, protection, flags, fd, offset);
  return mt_sys_failed(result) ? NULL : (void *)result;
}

/* Private zeroed memory that is soon unmapped again, NULL on failure. Pages cost nothing until they
 * are touched. */
static inline void *mt_sys_map_scratch(size_t bytes) {
  return mt_sys_map(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* Likewise, to be kept. */
static inline void *mt_sys_map_private(size_t bytes) {
  void *memory = mt_sys_map_scratch(bytes);
  if (memory != NULL) mt_own_memory_add(memory, bytes);
  return memory;
}

static inline void mt_sys_unmap(void *address, size_t bytes) {
  mt_syscall(SYS_munmap, address, bytes, 0, 0, 0, 0);
}

static inline long mt_sys_advise(void *address, size_t bytes, int advice) {
  return mt_syscall(SYS_madvise, address, bytes, advice, 0, 0, 0);
}

/* How many of a range's pages are resident; 0 where nothing is mapped. `buffer` is to work in. */
static inline uint64_t mt_sys_resident_pages(const void *address, size_t bytes, uint64_t page_bytes,
                                             unsigned char *buffer, size_t buffer_bytes) {
  uint64_t found = 0;
  size_t pages = (bytes + page_bytes - 1) / page_bytes;
  for (size_t at = 0; at < pages; at += buffer_bytes) {
    size_t count = pages - at < buffer_bytes ? pages - at : buffer_bytes;
    const char *start = (const char *)address + at * page_bytes;
    if (mt_syscall(SYS_mincore, start, count * page_bytes, buffer, 0, 0, 0) != 0) continue;
    for (size_t i = 0; i < count; i++) found += buffer[i] & 1;
  }
  return found;
}

/* What kind of file system a file is on; 0 if the kernel does not say. */
static inline long mt_sys_file_system(int fd) {
  struct statfs status;
  return mt_syscall(SYS_fstatfs, fd, &status, 0, 0, 0, 0) == 0 ? (long)status.f_type : 0;
}

/* Clears whole pages of private memory by giving them back: in the child of a fork, writing to them
 * would copy each first. */
static inline void mt_sys_clear_pages(void *pages, size_t bytes) {
  if (mt_sys_advise(pages, bytes, MADV_DONTNEED) != 0) __builtin_memset(pages, 0, bytes);
}

static inline long mt_sys_open(const char *path, int flags, int mode) {
  return mt_syscall(SYS_openat, -100 /* AT_FDCWD */, path, flags, mode, 0, 0);
}

static inline long mt_sys_close(int fd) { return mt_syscall(SYS_close, fd, 0, 0, 0, 0, 0); }

static inline long mt_sys_read(int fd, void *buffer, size_t bytes) {
  return mt_syscall(SYS_read, fd, buffer, bytes, 0, 0, 0);
}

static inline long mt_sys_read_at(int fd, void *buffer, size_t bytes, uint64_t offset) {
  return mt_syscall(SYS_pread64, fd, buffer, bytes, offset, 0, 0);
}

static inline long mt_sys_write(int fd, const void *buffer, size_t bytes) {
  return mt_syscall(SYS_write, fd, buffer, bytes, 0, 0, 0);
}

static inline long mt_sys_write_at(int fd, const void *buffer, size_t bytes, uint64_t offset) {
  return mt_syscall(SYS_pwrite64, fd, buffer, bytes, offset, 0, 0);
}

static inline long mt_sys_truncate(int fd, uint64_t bytes) {
  return mt_syscall(SYS_ftruncate, fd, bytes, 0, 0, 0, 0);
}

static inline long mt_sys_fallocate(int fd, int mode, uint64_t offset, uint64_t bytes) {
  return mt_syscall(SYS_fallocate, fd, mode, offset, bytes, 0, 0);
}

static inline long mt_sys_stat(int fd, struct stat *status) {
  return mt_syscall(SYS_fstat, fd, status, 0, 0, 0, 0);
}

static inline long mt_sys_stat_path(const char *path, struct stat *status) {
  return mt_syscall(SYS_newfstatat, -100 /* AT_FDCWD */, path, status, 0, 0, 0);
}

/* Likewise, of a symbolic link itself. */
static inline long mt_sys_stat_link(const char *path, struct stat *status) {
  return mt_syscall(SYS_newfstatat, -100 /* AT_FDCWD */, path, status, 0x100 /* NOFOLLOW */, 0, 0);
}

/* Newer machines have only the calls whose names end in -at. */
static inline long mt_sys_rename(const char *from, const char *to) {
#ifdef SYS_rename
  return mt_syscall(SYS_rename, from, to, 0, 0, 0, 0);
#else
  return mt_syscall(SYS_renameat2, -100, from, -100, to, 0, 0);
#endif
}

/* -EEXIST where there is a file `to` already; -EINVAL or -ENOSYS where that cannot be had. */
static inline long mt_sys_rename_to_free(const char *from, const char *to) {
  return mt_syscall(SYS_renameat2, -100, from, -100, to, 1 /* RENAME_NOREPLACE */, 0);
}

static inline long mt_sys_link(const char *from, const char *to) {
  return mt_syscall(SYS_linkat, -100, from, -100, to, 0, 0);
}

static inline long mt_sys_unlink(const char *path) {
#ifdef SYS_unlink
  return mt_syscall(SYS_unlink, path, 0, 0, 0, 0, 0);
#else
  return mt_syscall(SYS_unlinkat, -100, path, 0, 0, 0, 0);
#endif
}

/* How many bytes of a link's target were stored, without a NUL. */
static inline long mt_sys_read_link(const char *path, char *target, size_t bytes) {
#ifdef SYS_readlink
  return mt_syscall(SYS_readlink, path, target, bytes, 0, 0, 0);
#else
  return mt_syscall(SYS_readlinkat, -100, path, target, bytes, 0, 0);
#endif
}

static inline int mt_sys_pid(void) { return (int)mt_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0); }
static inline int mt_sys_parent_pid(void) { return (int)mt_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0); }
static inline int mt_sys_tid(void) { return (int)mt_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0); }

/* Whose files this process makes. */
static inline uint32_t mt_sys_user(void) {
  return (uint32_t)mt_syscall(SYS_geteuid, 0, 0, 0, 0, 0, 0);
}

static inline long mt_sys_signal_thread(int pid, int tid, int signal) {
  return mt_syscall(SYS_tgkill, pid, tid, signal, 0, 0, 0);
}

/* Sleeps while *word == expected, at most `timeout` (NULL: without end). Private futex. */
static inline long mt_sys_futex_wait(uint32_t *word, uint32_t expected,
                                     const struct timespec *timeout) {
  return mt_syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout, 0, 0);
}

static inline long mt_sys_futex_wake(uint32_t *word, int count) {
  return mt_syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, 0, 0, 0);
}

/* The clock without the vDSO: for threads that libc does not know. */
static inline uint64_t mt_sys_clock_ns(int clock) {
  struct timespec now = {0, 0};
  mt_syscall(SYS_clock_gettime, clock, &now, 0, 0, 0, 0);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Fills in bytes that nobody can guess. Where the kernel has none: the clock, which is better than
 * nothing. */
static inline void mt_sys_random(void *bytes, size_t count) {
  if (mt_syscall(SYS_getrandom, bytes, count, 1 /* GRND_NONBLOCK */, 0, 0, 0) == (long)count)
    return;
  uint64_t seed = mt_sys_clock_ns(CLOCK_MONOTONIC) ^ (uint64_t)mt_sys_tid() << 40;
  for (size_t i = 0; i < count; i++) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    ((unsigned char *)bytes)[i] = (unsigned char)(seed >> 56);
  }
}

/* Sets the calling thread's signal mask; `old` may be NULL. Masks are the kernel's 64 bits. */
static inline void mt_sys_signal_mask(uint64_t mask, uint64_t *old) {
  mt_syscall(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, old, 8, 0, 0);
}

/*
 * Keeps handlers off the calling thread until mt_sys_signal_mask(*old); those of faults (SIGILL,
 * SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS) come all the same, for the kernel kills whoever blocks
 * one. False, and nothing is changed, where the kernel refuses.
 */
static inline bool mt_sys_block_handlers(uint64_t *old) {
  uint64_t mask = ~(UINT64_C(1) << 3 | UINT64_C(1) << 4 | UINT64_C(1) << 6 | UINT64_C(1) << 7 |
                    UINT64_C(1) << 10 | UINT64_C(1) << 30);
  return mt_syscall(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &mask, old, 8, 0, 0) == 0;
}

#endif
