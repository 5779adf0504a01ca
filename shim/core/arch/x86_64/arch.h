/* x86_64/arch.h: see arch/arch.h. */
#ifndef MEMTRACE_X86_64_ARCH_H
#define MEMTRACE_X86_64_ARCH_H

/* Lines have 64 bytes, and some processors fetch them in pairs. */
#define MT_APART 128

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

static inline uint64_t mt_cycle_counter(void) { return __builtin_ia32_rdtsc(); }

/* The architecture has no other. */
static inline uint64_t mt_machine_page_bytes(void) { return 4096; }

static inline void mt_spin_hint(void) { __builtin_ia32_pause(); }

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

#endif
