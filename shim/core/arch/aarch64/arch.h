/* aarch64/arch.h: see arch/arch.h. */
#ifndef MEMTRACE_AARCH64_ARCH_H
#define MEMTRACE_AARCH64_ARCH_H

#include <sys/auxv.h>

/* Lines have 64 bytes on most processors, 128 on some. */
#define MT_APART 128

static inline long mt_syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory", "cc");
  return x0;
}

/* Some 10 to 40 ns a step. */
static inline uint64_t mt_cycle_counter(void) {
  uint64_t count;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
}

/* The kernel's choice. getauxval reads a table that does not change. */
static inline uint64_t mt_machine_page_bytes(void) { return getauxval(AT_PAGESZ); }

static inline void mt_spin_hint(void) { __asm__ volatile("yield"); }

static inline void mt_call_on_stack(char *stack_end, void (*body)(void)) {
  register char *x19 __asm__("x19") = stack_end;
  register void (*x20)(void) __asm__("x20") = body;
  __asm__ volatile(
      "mov x21, sp\n\t"
      "mov sp, x19\n\t"
      "blr x20\n\t"
      "mov sp, x21"
      : "+r"(x19), "+r"(x20)
      :
      : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
        "x14", "x15", "x16", "x17", "x18", "x21", "x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6",
        "v7", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
        "v28", "v29", "v30", "v31", "cc", "memory");
}

static inline bool mt_under_valgrind(void) {
  volatile uint64_t request[6] = {0x1001 /* how deep valgrinds are nested */};
  register uint64_t x3 __asm__("x3") = 0;
  register volatile uint64_t *x4 __asm__("x4") = request;
  __asm__ volatile(
      "ror x12, x12, #3\n\t"
      "ror x12, x12, #13\n\t"
      "ror x12, x12, #51\n\t"
      "ror x12, x12, #61\n\t"
      "orr x10, x10, x10"
      : "+r"(x3)
      : "r"(x4)
      : "cc", "memory");
  return x3 != 0;
}

#endif
