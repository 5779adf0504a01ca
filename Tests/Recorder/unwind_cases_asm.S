/* unwind_cases_asm.S: hand-written frames for unwind_cases.cc. */
  .text

/* A frame of odd shape, described. */
  .globl asm_with_cfi
  .type asm_with_cfi, @function
asm_with_cfi:
  .cfi_startproc
  push %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset rbx, -16
  push %rbp
  .cfi_def_cfa_offset 24
  .cfi_offset rbp, -24
  sub $0x1008, %rsp
  .cfi_def_cfa_offset 0x1020
  mov $0x1234, %ebp
  mov %rsp, %rbx
  call *%rdi
  add $0x1008, %rsp
  .cfi_def_cfa_offset 24
  pop %rbp
  .cfi_def_cfa_offset 16
  .cfi_restore rbp
  pop %rbx
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size asm_with_cfi, .-asm_with_cfi

/* The stack pointer moves between calls, with remember and restore. */
  .globl asm_args_pushed
  .type asm_args_pushed, @function
asm_args_pushed:
  .cfi_startproc
  push %r12
  .cfi_def_cfa_offset 16
  .cfi_offset r12, -16
  mov %rdi, %r12
  .cfi_remember_state
  push %rdi
  .cfi_adjust_cfa_offset 8
  push %rdi
  .cfi_adjust_cfa_offset 8
  call *%r12
  add $16, %rsp
  .cfi_restore_state
  call *%r12
  pop %r12
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size asm_args_pushed, .-asm_args_pushed

/* Calls on another stack; the frame is found through rbp. */
  .globl asm_switch_stack
  .type asm_switch_stack, @function
asm_switch_stack:
  .cfi_startproc
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  mov %rsp, %rbp
  .cfi_def_cfa_register rbp
  mov %rsi, %rsp
  call *%rdi
  mov %rbp, %rsp
  pop %rbp
  .cfi_def_cfa rsp, 8
  ret
  .cfi_endproc
  .size asm_switch_stack, .-asm_switch_stack

/* Not described at all, with a frame pointer. */
  .globl asm_frame_pointer
  .type asm_frame_pointer, @function
asm_frame_pointer:
  push %rbp
  mov %rsp, %rbp
  call *%rdi
  pop %rbp
  ret
  .size asm_frame_pointer, .-asm_frame_pointer

/* Leaves one fiber for another as boost.context does: what a call keeps is saved on the old stack,
 * whose top goes to *rdi, and taken from the new one, whose top is rsi. */
  .globl asm_fiber_switch
  .type asm_fiber_switch, @function
asm_fiber_switch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
  .size asm_fiber_switch, .-asm_fiber_switch

/* The first frame of a fiber, which calls what rbx says: nobody has called it, and it says so. */
  .globl asm_fiber_entry
  .type asm_fiber_entry, @function
asm_fiber_entry:
  .cfi_startproc
  .cfi_undefined rip
  call *%rbx
  ud2
  .cfi_endproc
  .size asm_fiber_entry, .-asm_fiber_entry

  .section .note.GNU-stack,"",@progbits
