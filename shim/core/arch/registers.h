/*
 * registers.h: the registers that unwinding follows: the stack pointer (sp), the program counter
 * (pc), the frame pointer (bp), and the context, in which Swift keeps a function's async context.
 *
 * MT_DWARF_SP, _PC, _BP, _CONTEXT       their numbers in unwind tables
 * MT_DWARF_RETURN                       the column of the return address there
 * MT_SIGNAL_SP, _PC, _BP, _END          in the frame that the kernel pushes for a signal: bytes
 *                                       from the sp with which the handler returns to where they
 *                                       are saved; END is behind the last
 * MT_LIBUNWIND_GET_CONTEXT, _INIT_LOCAL, _STEP, _GET_REGISTER
 *                                       libunwind's names of these functions
 * MT_LIBUNWIND_PC                       libunwind's number of the program counter
 * MT_READ_REGISTERS(pc, sp, bp, context) assigns the registers as they are here, in the middle of
 *                                       a function
 */
#ifndef MEMTRACE_ARCH_REGISTERS_H
#define MEMTRACE_ARCH_REGISTERS_H

#if defined(__x86_64__)
#include "arch/x86_64/registers.h"
#elif defined(__aarch64__)
#include "arch/aarch64/registers.h"
#endif

#endif
