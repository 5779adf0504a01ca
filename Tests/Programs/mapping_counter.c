/*
 * mapping_counter.c: counts what a program maps: a library to be preloaded behind the recorder,
 * LD_PRELOAD=libmemtrace.so:mapping_counter.so, so that it is whom the recorder's hooks call.
 * Writes to the file COUNTER_OUTPUT a line for each call that made memory accessible: its length in
 * whole pages, and the caller's place in its module. The caller is found by the frame pointer of
 * the recorder's hook, which stands between.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int output = -1;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("COUNTER_OUTPUT");
  if (path != NULL) output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

static void count(size_t bytes, void *caller) {
  char line[300];
  Dl_info module = {0};
  if (output < 0 || dladdr(caller, &module) == 0) return;
  const char *name = strrchr(module.dli_fname, '/');
  int length = snprintf(line, sizeof line, "%zu %s+%#lx\n", (bytes + 4095) & ~(size_t)4095,
                        name != NULL ? name + 1 : module.dli_fname,
                        (unsigned long)((uintptr_t)caller - (uintptr_t)module.dli_fbase));
  if (write(output, line, (size_t)length) != length) abort();
}

#pragma GCC diagnostic ignored "-Wframe-address"
#define CALLER __builtin_extract_return_addr(__builtin_return_address(1))

static void *map(void *where, size_t bytes, int protection, int flags, int fd, off_t offset,
                 void *caller) {
  void *at = (void *)syscall(SYS_mmap, where, bytes, protection, flags, fd, offset);
  if (at != MAP_FAILED && (protection & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0) {
    count(bytes, caller);
  }
  return at;
}

void *mmap(void *where, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return map(where, bytes, protection, flags, fd, offset, CALLER);
}

void *mmap64(void *where, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return map(where, bytes, protection, flags, fd, offset, CALLER);
}
