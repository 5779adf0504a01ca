/* x86_64/task_entry.h: see arch/task_entry.h. */
#ifndef MEMTRACE_X86_64_TASK_ENTRY_H
#define MEMTRACE_X86_64_TASK_ENTRY_H

#define MT_THREAD_HEAD_BYTES 0x40u

/* The head's first and third word point to itself; the canary is behind them. */
static inline void mt_copy_thread_head(uint64_t *head) {
  uint64_t own;
  __asm__("movq %%fs:0, %0" : "=r"(own));
  memcpy(head, (const void *)own, MT_THREAD_HEAD_BYTES);
  head[0] = head[2] = (uint64_t)(uintptr_t)head;
}

static inline long mt_clone_onto(unsigned long flags, char *stack_end, void (*body)(void),
                                 void *thread_head, uint32_t *tid_word) {
  register long r10 __asm__("r10") = (long)tid_word;
  register long r8 __asm__("r8") = (long)thread_head;
  register void (*r9)(void) __asm__("r9") = body;
  long result;
  __asm__ volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "callq *%%r9\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"((long)SYS_clone), "D"(flags), "S"(stack_end), "d"((long)tid_word), "r"(r10), "r"(r8),
        "r"(r9)
      : "rcx", "r11", "memory");
  return result;
}

#endif
