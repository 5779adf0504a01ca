/* aarch64/task_entry.h: see arch/task_entry.h. */
#ifndef MEMTRACE_AARCH64_TASK_ENTRY_H
#define MEMTRACE_AARCH64_TASK_ENTRY_H

#define MT_THREAD_HEAD_BYTES 16u

static inline void mt_copy_thread_head(uint64_t *head) {
  uint64_t own;
  __asm__("mrs %0, tpidr_el0" : "=r"(own));
  memcpy(head, (const void *)own, MT_THREAD_HEAD_BYTES);
}

static inline long mt_clone_onto(unsigned long flags, char *stack_end, void (*body)(void),
                                 void *thread_head, uint32_t *tid_word) {
  register long x8 __asm__("x8") = SYS_clone;
  register long x0 __asm__("x0") = (long)flags;
  register long x1 __asm__("x1") = (long)stack_end;
  register long x2 __asm__("x2") = (long)tid_word;
  register long x3 __asm__("x3") = (long)thread_head;
  register long x4 __asm__("x4") = (long)tid_word;
  register void (*x5)(void) __asm__("x5") = body;
  __asm__ volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x30, xzr\n\t"
      "blr x5\n\t"
      "brk #1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
      : "memory", "cc");
  return x0;
}

#endif
