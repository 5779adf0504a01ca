/*
 * async_cases_asm.S: the machine code of Swift's async functions, for async_cases.cc: what resumes
 * a task, and the ways in which a resumed function keeps its context while it calls. Each takes
 * its context in r14 and calls `async_callback`.
 */
  .text

#define FUNCTION(name)     \
  .globl name;             \
  .type name, @function;   \
  name:                    \
  .cfi_startproc

#define END(name)          \
  .cfi_endproc;            \
  .size name, . - name

/* void resume_task(struct task *): as swift::AsyncTask::runInFullContext. */
FUNCTION(resume_task)
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  mov %rsp, %rbp
  .cfi_def_cfa_register rbp
  push %r15
  push %r14
  .cfi_offset r15, -24
  .cfi_offset r14, -32
  mov %rdi, %r15
  mov 0x40(%r15), %r14
  call *0x38(%r15)
  pop %r14
  pop %r15
  pop %rbp
  .cfi_def_cfa rsp, 8
  ret
END(resume_task)

/* The context in an extended frame; r14 has become something else. */
FUNCTION(async_extended)
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  push %r14
  lea 8(%rsp), %rbp
  .cfi_def_cfa rbp, 16
  sub $24, %rsp
  mov $1, %r14d
  call *async_callback(%rip)
  add $24, %rsp
  pop %r14
  pop %rbp
  .cfi_def_cfa rsp, 8
  ret
END(async_extended)

/* The context in r14, which is left alone. */
FUNCTION(async_passed)
  push %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset rbx, -16
  call *async_callback(%rip)
  pop %rbx
  .cfi_def_cfa_offset 8
  ret
END(async_passed)

/* The same, with a function in between that needs r14 for itself. */
FUNCTION(async_saved_below)
  push %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset rbx, -16
  call uses_r14
  pop %rbx
  .cfi_def_cfa_offset 8
  ret
END(async_saved_below)

FUNCTION(uses_r14)
  push %r14
  .cfi_def_cfa_offset 16
  .cfi_offset r14, -16
  mov $2, %r14d
  call *async_callback(%rip)
  pop %r14
  .cfi_def_cfa_offset 8
  ret
END(uses_r14)

/* The context in a word of the frame: r14 was wanted. */
FUNCTION(async_spilled)
  sub $40, %rsp
  .cfi_def_cfa_offset 48
  movq $0, (%rsp)
  movq $7, 8(%rsp)
  mov %r14, 16(%rsp)
  movq $-1, 24(%rsp)
  movq $16, 32(%rsp)
  add $0x30, %r14
  call *async_callback(%rip)
  add $40, %rsp
  .cfi_def_cfa_offset 8
  ret
END(async_spilled)

/* Where callers go on. Never run. */
FUNCTION(await_1)
  ud2
END(await_1)
FUNCTION(await_2)
  ud2
  ud2
END(await_2)

/* One that unwind tables leave out, as it has no frame. */
  .balign 16
  .globl await_left_out
await_left_out:
  ud2
  .balign 16
FUNCTION(await_3)
  ud2
END(await_3)

  .section .note.GNU-stack, "", @progbits
