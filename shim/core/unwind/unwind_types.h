/* unwind_types.h: where an unwinding starts, and the ways to do it. Part of unwind.h. */
#ifndef MEMTRACE_UNWIND_TYPES_H
#define MEMTRACE_UNWIND_TYPES_H

#include <stdint.h>

#include "process/options.h"

/* The registers of the hook's caller, as they are once the hook has returned. */
struct mt_frame_start {
  uint64_t pc; /* return address of the hook */
  uint64_t sp;
  uint64_t bp;
};

/* The same from the hook's frame address. */
static inline struct mt_frame_start mt_frame_start_of(const void *frame) {
  const uint64_t *words = frame;
  return (struct mt_frame_start){
      .pc = words[1], .sp = (uint64_t)(uintptr_t)frame + 16, .bp = words[0]};
}

/*
 * The caller's registers, for use in the body of a hook itself. The hook must have a frame pointer
 * (-fno-omit-frame-pointer) and must not be inlined.
 */
#define MT_FRAME_START() mt_frame_start_of(__builtin_frame_address(0))

enum mt_unwind_mode {
  MT_UNWIND_FAST = 0,      /* rules, kept stack, libunwind where needed: the default */
  MT_UNWIND_LIBUNWIND = 1, /* libunwind for every stack */
  MT_UNWIND_FP = 2,        /* the chain of frame pointers: for programs built with them */
  MT_UNWIND_CHECK = 3,     /* fast and libunwind, compared; the stack recorded is the fast one */
};

#endif
