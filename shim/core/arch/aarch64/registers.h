/* aarch64/registers.h: see arch/registers.h. */
#ifndef MEMTRACE_AARCH64_REGISTERS_H
#define MEMTRACE_AARCH64_REGISTERS_H

#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

#define MT_DWARF_BP 29
#define MT_DWARF_SP 31
#define MT_DWARF_CONTEXT 22 /* x22 */
#define MT_DWARF_PC 32
#define MT_DWARF_RETURN 30

/* The sp points to the siginfo, which has 128 bytes; the ucontext follows. */
enum {
  MT_SIGNAL_BP = 128 + offsetof(ucontext_t, uc_mcontext.regs[29]),
  MT_SIGNAL_SP = 128 + offsetof(ucontext_t, uc_mcontext.sp),
  MT_SIGNAL_PC = 128 + offsetof(ucontext_t, uc_mcontext.pc),
  MT_SIGNAL_END = MT_SIGNAL_PC + 8,
};

/* No libunwind exports the first: it is inlined from its header. So it counts as absent. */
#define MT_LIBUNWIND_GET_CONTEXT "_Uaarch64_getcontext"
#define MT_LIBUNWIND_INIT_LOCAL "_ULaarch64_init_local"
#define MT_LIBUNWIND_STEP "_ULaarch64_step"
#define MT_LIBUNWIND_GET_REGISTER "_ULaarch64_get_reg"
#define MT_LIBUNWIND_PC 30

#define MT_READ_REGISTERS(pc, sp, bp, context)                             \
  __asm__ volatile("adr %0, .\n\tmov %1, sp\n\tmov %2, x29\n\tmov %3, x22" \
                   : "=&r"(pc), "=&r"(sp), "=&r"(bp), "=&r"(context))

#endif
