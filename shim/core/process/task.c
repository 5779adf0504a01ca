/* task.c: see task.h. */
#include "process/task.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

#include "base/sys.h"

#define STACK_BYTES (256u << 10)
#define THREAD_BLOCK_BYTES 8192u

/*
 * Code compiled against libc may look at its thread block all the same (the stack protector's
 * canary, for one): the task has one of its own, a copy of the head of the caller's, in the middle
 * of zeros.
 */
static void fill_thread_block(char *block) {
  uint64_t *head = (uint64_t *)(block + THREAD_BLOCK_BYTES / 2);
  uint64_t own;
  __asm__("movq %%fs:0, %0" : "=r"(own));
  memset(block, 0, THREAD_BLOCK_BYTES);
  memcpy(head, (const void *)own, 0x40);
  head[0] = head[2] = (uint64_t)(uintptr_t)head;
}

/* clone(2) with a new stack: the child calls `body` and never comes back. */
static long clone_onto(unsigned long flags, char *stack_end, void (*body)(void), char *tls,
                       uint32_t *tid_word) {
  register long r10 __asm__("r10") = (long)tid_word;
  register long r8 __asm__("r8") = (long)tls;
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

/* Stack, then thread block; the child of a fork uses its copy again. */
static char *memory;

bool mt_task_prepare(void) {
  if (memory == NULL) memory = mt_sys_map_private(STACK_BYTES + THREAD_BLOCK_BYTES);
  return memory != NULL;
}

int mt_task_start(void (*body)(void), uint32_t *alive) {
  if (!mt_task_prepare()) return -ENOMEM;
  fill_thread_block(memory + STACK_BYTES);
  uint64_t old_mask;
  mt_sys_signal_mask(~UINT64_C(0), &old_mask);
  unsigned long flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                        CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  long tid = clone_onto(flags, memory + STACK_BYTES, body,
                        memory + STACK_BYTES + THREAD_BLOCK_BYTES / 2, alive);
  mt_sys_signal_mask(old_mask, NULL);
  return (int)tid;
}

void mt_task_call(void (*body)(void)) { mt_call_on_stack(memory + STACK_BYTES, body); }
