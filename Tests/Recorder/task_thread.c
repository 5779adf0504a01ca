/*
 * task_thread.c: core/task.h by the C library's threads, which the sanitizers know: they do not
 * bear the bare task of core/task.c, in which there is no thread-local storage of theirs.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "base/atomics.h"
#include "base/sys.h"
#include "process/task.h"

static struct {
  void (*body)(void);
  uint32_t *alive;
} task;

static void *run(void *unused) {
  /* As the task has: descriptors of its own; and the kernel says when it has ended. */
  unshare(CLONE_FILES);
  mt_syscall(SYS_set_tid_address, task.alive, 0, 0, 0, 0, 0);
  mt_store_release(task.alive, (uint32_t)mt_sys_tid()); /* pairs with the acquire below */
  task.body();
  return unused;
}

int mt_task_start(void (*body)(void), uint32_t *alive) {
  task.body = body;
  task.alive = alive;
  uint64_t old_mask;
  mt_sys_signal_mask(~UINT64_C(0), &old_mask);
  pthread_t thread;
  int error = pthread_create(&thread, NULL, run, NULL);
  if (error == 0) pthread_detach(thread);
  mt_sys_signal_mask(old_mask, NULL);
  if (error != 0) return -error;
  uint32_t tid;
  while ((tid = mt_load_acquire(alive)) == 0) sched_yield();
  return (int)tid;
}

void mt_task_call(void (*body)(void)) { body(); }

bool mt_task_prepare(void) { return true; }
