/*
 * machine_code.h: what a few bytes of machine code do. Each function reads so many bytes as its
 * constant says, which its caller has found to be readable, and looks at nothing else.
 * [hook] [signal-safe] all of them.
 *
 * The constants, in bytes:
 *
 * MT_CODE_RESTORER           of the code with which a signal handler returns
 * MT_CODE_CALL_MAX           of the longest call
 * MT_CODE_OUTERMOST          of what mt_code_is_outermost_call reads
 * MT_CODE_TRAMPOLINE         of CPython's piece of code; 0: none is known
 * MT_CODE_TRAMPOLINE_CALL    of that, up to the end of its call
 * MT_CODE_TRAMPOLINE_CFA     from the sp in that call to the cfa
 * MT_CODE_TASK_CALL          of what mt_code_is_task_call reads; 0: none is known
 * MT_CODE_EXTENDED_FRAME     of what mt_code_makes_extended_frame reads; 0: none is known
 */
#ifndef MEMTRACE_ARCH_MACHINE_CODE_H
#define MEMTRACE_ARCH_MACHINE_CODE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Does a signal handler return by the code that starts here? */
static inline bool mt_code_is_restorer(const uint8_t *start);

/* Does the code before `end` end with a call? Reads MT_CODE_CALL_MAX bytes before it. */
static inline bool mt_code_ends_with_call(const uint8_t *end);

/*
 * Is the call, of which `last` is the last byte of the part that says so, the outermost of a
 * thread? So the loader calls a program's initializers, in code without tables. Reads
 * MT_CODE_OUTERMOST bytes, the last of them at `last`.
 */
static inline bool mt_code_is_outermost_call(const uint8_t *last);

/*
 * CPython's -X perf runs each Python function through a copy of one small piece of code, without
 * unwind tables. Does that start here? All of it is compared: no other code has its rule.
 */
static inline bool mt_code_is_trampoline(const uint8_t *start);

/*
 * Swift's runtime resumes a task by loading the task's context, at offset 64, into the context
 * register, and calling the function that stands before it. Does the code before `end` do that?
 * What may stand between the two instructions depends on the compiler.
 */
static inline bool mt_code_is_task_call(const uint8_t *end);

/*
 * Does a function that starts here set up a frame that ends in a Swift async context, at [bp - 8],
 * and nothing else?
 */
static inline bool mt_code_makes_extended_frame(const uint8_t *start);

#if defined(__x86_64__)
#include "arch/x86_64/machine_code.h"
#elif defined(__aarch64__)
#include "arch/aarch64/machine_code.h"
#endif

#endif
