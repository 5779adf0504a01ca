/* x86_64/registers.h: see arch/registers.h. */
#ifndef MEMTRACE_X86_64_REGISTERS_H
#define MEMTRACE_X86_64_REGISTERS_H

#define MT_DWARF_BP 6
#define MT_DWARF_SP 7
#define MT_DWARF_CONTEXT 14 /* r14 */
#define MT_DWARF_PC 16
#define MT_DWARF_RETURN 16

/* The sp points to the ucontext: the handler's return has popped what lay below. */
enum { MT_SIGNAL_BP = 120, MT_SIGNAL_SP = 160, MT_SIGNAL_PC = 168, MT_SIGNAL_END = 176 };

#define MT_LIBUNWIND_GET_CONTEXT "_Ux86_64_getcontext"
#define MT_LIBUNWIND_INIT_LOCAL "_ULx86_64_init_local"
#define MT_LIBUNWIND_STEP "_ULx86_64_step"
#define MT_LIBUNWIND_GET_REGISTER "_ULx86_64_get_reg"
#define MT_LIBUNWIND_PC 16

#define MT_READ_REGISTERS(pc, sp, bp, context)                                           \
  __asm__ volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2\n\tmov %%r14, %3" \
                   : "=&r"(pc), "=&r"(sp), "=&r"(bp), "=&r"(context))

#endif
