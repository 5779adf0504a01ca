/* task.c: see task.h. */
#include "process/task.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

#include "arch/task_entry.h"
#include "base/sys.h"
#include "process/filter.h"

#define STACK_BYTES (256u << 10)
#define THREAD_BLOCK_BYTES 8192u

/*
 * Code compiled against libc may look at its thread block all the same (the stack protector's
 * canary, for one): the task has one of its own, a copy of the head of the caller's, in the middle
 * of zeros.
 */
static void *make_thread_block(char *block) {
  _Static_assert(MT_THREAD_HEAD_BYTES <= THREAD_BLOCK_BYTES / 2, "the head fits");
  char *head = block + THREAD_BLOCK_BYTES / 2;
  memset(block, 0, THREAD_BLOCK_BYTES);
  mt_copy_thread_head((uint64_t *)head);
  return head;
}

/* Stack, then thread block; the child of a fork uses its copy again. */
static char *memory;

bool mt_task_prepare(void) {
  if (memory == NULL) memory = mt_sys_map_private(STACK_BYTES + THREAD_BLOCK_BYTES);
  return memory != NULL;
}

int mt_task_start(void (*body)(void), uint32_t *alive) {
  if (mt_filter_forbids(MT_FORBIDS_TASK)) return -EPERM;
  if (!mt_task_prepare()) return -ENOMEM;
  void *thread_head = make_thread_block(memory + STACK_BYTES);
  uint64_t old_mask;
  mt_sys_signal_mask(~UINT64_C(0), &old_mask);
  unsigned long flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                        CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  long tid = mt_clone_onto(flags, memory + STACK_BYTES, body, thread_head, alive);
  mt_sys_signal_mask(old_mask, NULL);
  return (int)tid;
}

void mt_task_call(void (*body)(void)) { mt_call_on_stack(memory + STACK_BYTES, body); }
