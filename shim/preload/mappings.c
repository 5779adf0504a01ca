/*
 * mappings.c: the calls by which memory comes and goes beside malloc: recorded, with their stacks,
 * in a space of their own. Before a range goes away, hooks also forget that they have seen a
 * thread's stack there to be readable. A raw system call is not seen, nor what the C library does
 * for itself: docs/Reliability.md says what then remains.
 *
 * madvise is left alone: it changes what is resident, which is the kernel's account, and no
 * mapping.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "hooks/record_mapping.h"
#include "next_functions.h"
#include "rings/thread.h"

#define EXPORT __attribute__((visibility("default"), noinline))
#define FRAME __builtin_frame_address(0)
#define ACCESS (PROT_READ | PROT_WRITE | PROT_EXEC)

static void forget(const void *start, size_t bytes) {
  uintptr_t address = (uintptr_t)start;
  mt_threads_forget_memory(address, bytes > UINTPTR_MAX - address ? UINTPTR_MAX : address + bytes);
}

static struct mt_mapping call_on(enum mt_mapping_call call, const void *start, size_t bytes) {
  return (struct mt_mapping){.start = (uint64_t)(uintptr_t)start,
                             .bytes = bytes,
                             .call = (uint16_t)call,
                             .descriptor = -1};
}

static void record_map(void *start, size_t bytes, int protection, int flags, int fd,
                       const void *frame) {
  if (start == MAP_FAILED) return;
  struct mt_mapping mapping = call_on(MT_MAPPING_MAP, start, bytes);
  mapping.protection = (uint16_t)protection;
  mapping.flags = (uint32_t)flags;
  if ((flags & MAP_ANONYMOUS) == 0) mapping.descriptor = fd;
  mt_record_mapping(mapping, frame);
}

/* Records what is about to go away; whether that is in the trace. */
static bool record_before(enum mt_mapping_call call, const void *start, size_t bytes,
                          const void *frame) {
  return mt_record_mapping(call_on(call, start, bytes), frame);
}

/* The call that was recorded before has failed. */
static void record_failed(bool recorded, const void *start, size_t bytes, const void *frame) {
  if (recorded) mt_record_mapping(call_on(MT_MAPPING_FAILED, start, bytes), frame);
}

EXPORT void *mmap(void *where, size_t bytes, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_FIXED) != 0) forget(where, bytes);
  void *start = MT_NEXT(mmap)(where, bytes, protection, flags, fd, offset);
  record_map(start, bytes, protection, flags, fd, FRAME);
  return start;
}

EXPORT void *mmap64(void *where, size_t bytes, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_FIXED) != 0) forget(where, bytes);
  void *start = MT_NEXT(mmap64)(where, bytes, protection, flags, fd, offset);
  record_map(start, bytes, protection, flags, fd, FRAME);
  return start;
}

EXPORT int munmap(void *start, size_t bytes) {
  forget(start, bytes);
  bool recorded = record_before(MT_MAPPING_UNMAP, start, bytes, FRAME);
  int result = MT_NEXT(munmap)(start, bytes);
  if (result != 0) record_failed(recorded, start, bytes, FRAME);
  return result;
}

EXPORT void *mremap(void *start, size_t bytes, size_t new_bytes, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  void *where = va_arg(rest, void *); /* whatever stands there, if the flags ask for none */
  va_end(rest);
  forget(start, bytes);
  if ((flags & MREMAP_FIXED) != 0) forget(where, new_bytes);
  /* What stays mapped where it was is not moved: a second mapping of the same pages, or one that
   * leaves an empty range behind. */
  bool moves = bytes != 0 && (flags & MREMAP_DONTUNMAP) == 0;
  bool recorded = moves && record_before(MT_MAPPING_MOVE_FROM, start, bytes, FRAME);
  void *moved = MT_NEXT(mremap)(start, bytes, new_bytes, flags, where);
  if (moved != MAP_FAILED) {
    mt_record_mapping(call_on(MT_MAPPING_MOVE_TO, moved, new_bytes), FRAME);
  } else {
    record_failed(recorded, start, bytes, FRAME);
  }
  return moved;
}

EXPORT int mprotect(void *start, size_t bytes, int protection) {
  if ((protection & PROT_READ) == 0) forget(start, bytes);
  bool forbids = (protection & ACCESS) == 0;
  bool recorded = forbids && record_before(MT_MAPPING_FORBID, start, bytes, FRAME);
  int result = MT_NEXT(mprotect)(start, bytes, protection);
  if (result != 0) {
    record_failed(recorded, start, bytes, FRAME);
  } else if (!forbids) {
    struct mt_mapping mapping = call_on(MT_MAPPING_PERMIT, start, bytes);
    mapping.protection = (uint16_t)protection;
    mt_record_mapping(mapping, FRAME);
  }
  return result;
}

EXPORT int pkey_mprotect(void *start, size_t bytes, int protection, int key) {
  forget(start, bytes); /* a key may forbid what the protection allows */
  bool forbids = (protection & ACCESS) == 0;
  bool recorded = forbids && record_before(MT_MAPPING_FORBID, start, bytes, FRAME);
  int result = MT_NEXT(pkey_mprotect)(start, bytes, protection, key);
  if (result != 0) {
    record_failed(recorded, start, bytes, FRAME);
  } else if (!forbids) {
    struct mt_mapping mapping = call_on(MT_MAPPING_PERMIT, start, bytes);
    mapping.protection = (uint16_t)protection;
    mt_record_mapping(mapping, FRAME);
  }
  return result;
}

/* The data segment: [old end, new end) comes or goes. Nothing is known of what malloc does there
 * below us. */
EXPORT int brk(void *end) {
  char *old = MT_NEXT(sbrk)(0);
  bool shrinks = (char *)end < old;
  size_t bytes = (size_t)(shrinks ? old - (char *)end : (char *)end - old);
  bool recorded = shrinks && record_before(MT_MAPPING_UNMAP, end, bytes, FRAME);
  int result = MT_NEXT(brk)(end);
  if (result != 0) {
    record_failed(recorded, end, bytes, FRAME);
  } else if (!shrinks && bytes != 0) {
    mt_record_mapping(call_on(MT_MAPPING_EXTEND, old, bytes), FRAME);
  }
  return result;
}

EXPORT void *sbrk(intptr_t increment) {
  if (increment == 0) return MT_NEXT(sbrk)(0);
  bool recorded = false;
  const char *gone = NULL;
  if (increment < 0) {
    gone = (char *)MT_NEXT(sbrk)(0) + increment;
    recorded = record_before(MT_MAPPING_UNMAP, gone, -(size_t)increment, FRAME);
  }
  void *old = MT_NEXT(sbrk)(increment);
  if (old == (void *)-1) {
    record_failed(recorded, gone, -(size_t)increment, FRAME);
  } else if (increment > 0) {
    mt_record_mapping(call_on(MT_MAPPING_EXTEND, old, (size_t)increment), FRAME);
  }
  return old;
}

EXPORT int shmdt(const void *start) {
  forget(start, SIZE_MAX); /* how much that is only the kernel knows */
  return MT_NEXT(shmdt)(start);
}
