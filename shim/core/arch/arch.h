/*
 * arch.h: all that the recorder asks of a processor. This header and its neighbours are the
 * contract; a folder for each machine fulfils it, with a file for each header. Nothing outside
 * arch/ knows which machine it is compiled for.
 *
 *     arch.h          system calls, the cycle counter, stacks
 *     elf.h           numbers that ELF and the kernel give to the machine
 *     registers.h     registers as DWARF, the kernel and libunwind number them
 *     machine_code.h  what a few bytes of code do
 *     task_entry.h    how a kernel task begins
 *     system_entry.h  libc's `syscall`
 *
 * x86-64 is the machine that memtrace records on. aarch64 compiles, and its functions are tested;
 * docs/Architecture.md says what a port still lacks.
 */
#ifndef MEMTRACE_ARCH_H
#define MEMTRACE_ARCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * MT_APART: what two threads write lies so many bytes apart, so that they share no cache line.
 */

/* [signal-safe] A system call without libc: no errno, no cancellation point. -errno on failure. */
static inline long mt_syscall6(long number, long a, long b, long c, long d, long e, long f);

/* [signal-safe] A counter of constant rate, the same on all processors of the machine. Some 10 ns.
 */
static inline uint64_t mt_cycle_counter(void);

/* [signal-safe] The size of a page of memory. */
static inline uint64_t mt_machine_page_bytes(void);

/* [signal-safe] Tells the processor that this loop waits for another thread. */
static inline void mt_spin_hint(void);

/* [hook] Calls `body` with the stack pointer at `stack_end` (16-byte aligned), and returns when it
 * has returned. */
static inline void mt_call_on_stack(char *stack_end, void (*body)(void));

/* [init] Does valgrind run this program? By a request that only its translator knows; elsewhere
 * that does nothing. */
static inline bool mt_under_valgrind(void);

#if defined(__x86_64__)
#include "arch/x86_64/arch.h"
#elif defined(__aarch64__)
#include "arch/aarch64/arch.h"
#else
#error "no folder of arch/ is for this machine"
#endif

#endif
