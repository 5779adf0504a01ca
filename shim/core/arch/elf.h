/*
 * elf.h: how ELF and the kernel call the machine.
 *
 * MT_ELF_MACHINE         e_machine of its programs
 * MT_AUDIT_MACHINE       what a seccomp filter sees as `arch`
 * MT_RELOCATION_ADDRESS  a relocation that stores a symbol's address, with an addend
 * MT_RELOCATION_DATA     likewise in the table of addresses, without
 * MT_RELOCATION_CALL     likewise in the table of calls
 */
#ifndef MEMTRACE_ARCH_ELF_H
#define MEMTRACE_ARCH_ELF_H

#include <elf.h>
#include <linux/audit.h>

#if defined(__x86_64__)
#define MT_ELF_MACHINE EM_X86_64
#define MT_AUDIT_MACHINE AUDIT_ARCH_X86_64
#define MT_RELOCATION_ADDRESS R_X86_64_64
#define MT_RELOCATION_DATA R_X86_64_GLOB_DAT
#define MT_RELOCATION_CALL R_X86_64_JUMP_SLOT
#elif defined(__aarch64__)
#define MT_ELF_MACHINE EM_AARCH64
#define MT_AUDIT_MACHINE AUDIT_ARCH_AARCH64
#define MT_RELOCATION_ADDRESS R_AARCH64_ABS64
#define MT_RELOCATION_DATA R_AARCH64_GLOB_DAT
#define MT_RELOCATION_CALL R_AARCH64_JUMP_SLOT
#endif

#endif
