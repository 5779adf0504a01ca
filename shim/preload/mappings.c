/*
 * mappings.c: the calls by which memory goes away. Hooks remember which of a thread's stacks they
 * have seen to be readable; a stack that is unmapped, moved or replaced is forgotten before it is.
 * A raw system call is not seen: docs/Reliability.md says what then remains.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "next_functions.h"
#include "rings/thread.h"

#define EXPORT __attribute__((visibility("default")))

static void forget(const void *start, size_t bytes) {
  uintptr_t address = (uintptr_t)start;
  mt_threads_forget_memory(address, bytes > UINTPTR_MAX - address ? UINTPTR_MAX : address + bytes);
}

EXPORT void *mmap(void *where, size_t bytes, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_FIXED) != 0) forget(where, bytes);
  return MT_NEXT(mmap)(where, bytes, protection, flags, fd, offset);
}

EXPORT void *mmap64(void *where, size_t bytes, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_FIXED) != 0) forget(where, bytes);
  return MT_NEXT(mmap64)(where, bytes, protection, flags, fd, offset);
}

EXPORT int munmap(void *start, size_t bytes) {
  forget(start, bytes);
  return MT_NEXT(munmap)(start, bytes);
}

EXPORT void *mremap(void *start, size_t bytes, size_t new_bytes, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  void *where = va_arg(rest, void *); /* whatever stands there, if the flags ask for none */
  va_end(rest);
  forget(start, bytes);
  if ((flags & MREMAP_FIXED) != 0) forget(where, new_bytes);
  return MT_NEXT(mremap)(start, bytes, new_bytes, flags, where);
}

EXPORT int mprotect(void *start, size_t bytes, int protection) {
  if ((protection & PROT_READ) == 0) forget(start, bytes);
  return MT_NEXT(mprotect)(start, bytes, protection);
}

EXPORT int pkey_mprotect(void *start, size_t bytes, int protection, int key) {
  forget(start, bytes); /* a key may forbid what the protection allows */
  return MT_NEXT(pkey_mprotect)(start, bytes, protection, key);
}

EXPORT int shmdt(const void *start) {
  forget(start, SIZE_MAX); /* how much that is only the kernel knows */
  return MT_NEXT(shmdt)(start);
}
