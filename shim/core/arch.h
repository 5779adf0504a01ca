/*
 * arch.h: everything that depends on the processor: raw system calls, the time-stamp counter, the
 * spin hint. One block per architecture; a port starts here and in unwind_arch.h.
 */
#ifndef MEMTRACE_ARCH_H
#define MEMTRACE_ARCH_H

#include <stdint.h>

#if defined(__x86_64__)

#define MT_ELF_MACHINE 62

/* A system call without libc: no errno, no cancellation point. Returns -errno on failure. */
static inline long mt_syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* Constant-rate counter, the same on all processors of the machine. About 10 ns. */
static inline uint64_t mt_cycle_counter(void) { return __builtin_ia32_rdtsc(); }

static inline void mt_spin_hint(void) { __builtin_ia32_pause(); }

#else
#error "memtrace records on x86-64 only"
#endif

#endif
