/*
 * arch.h: everything that depends on the processor: raw system calls, the time-stamp counter, the
 * spin hint. One block per architecture; a port starts here and in unwind_arch.h.
 */
#ifndef MEMTRACE_ARCH_H
#define MEMTRACE_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)

#define MT_ELF_MACHINE 62

/* What two threads write stands so many bytes apart: lines have 64, and some processors fetch them
 * in pairs. */
#define MT_APART 128

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

/* Calls `body` with the stack pointer at `stack_end` (16-byte aligned), and comes back. */
static inline void mt_call_on_stack(char *stack_end, void (*body)(void)) {
  register char *r12 __asm__("r12") = stack_end;
  register void (*r13)(void) __asm__("r13") = body;
  __asm__ volatile(
      "xchgq %%rsp, %%r12\n\t"
      "callq *%%r13\n\t"
      "movq %%r12, %%rsp"
      : "+r"(r12), "+r"(r13)
      :
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3",
        "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
        "xmm15", "cc", "memory");
}

/* Does valgrind run this program? A request that only its translator knows; elsewhere it does
 * nothing. */
static inline bool mt_under_valgrind(void) {
  volatile uint64_t request[6] = {0x1001 /* how deep valgrinds are nested */};
  uint64_t result = 0;
  __asm__ volatile(
      "rolq $3, %%rdi\n\t"
      "rolq $13, %%rdi\n\t"
      "rolq $61, %%rdi\n\t"
      "rolq $51, %%rdi\n\t"
      "xchgq %%rbx, %%rbx"
      : "+d"(result)
      : "a"(request)
      : "cc", "memory");
  return result != 0;
}

#else
#error "memtrace records on x86-64 only"
#endif

#endif
