/*
 * test_nested.c: handlers that allocate and free while a hook of their thread is under way, and
 * find no ring to record into. They lose their events; each is counted, and the hook goes on.
 * Links the recorder's core; the trace goes where MEMTRACE_OUTPUT says. Prints how many were lost.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hooks/record.h"
#include "process/options.h"
#include "recorder.h"
#include "rings/slots.h"
#include "rings/thread.h"

enum { HANDLERS = 7, RECORDED = 3 };

static __attribute__((noinline)) void allocate_and_free(void) {
  void *block = malloc(100);
  mt_record_allocation(block, 100, __builtin_frame_address(0));
  mt_record_release(block, __builtin_frame_address(0));
  free(block);
}

static void handler(int number) {
  (void)number;
  allocate_and_free();
}

/* A hook that signal handlers interrupt. */
static __attribute__((noinline)) void interrupted_hook(unsigned handlers) {
  struct mt_thread *thread = mt_thread_enter((uintptr_t)__builtin_frame_address(0));
  if (thread == NULL) abort();
  for (unsigned i = 0; i < handlers; i++) raise(SIGUSR1);
  mt_thread_leave(thread);
}

int main(void) {
  signal(SIGUSR1, handler);
  mt_options_read(environ);
  const char *reason = mt_recorder_start(NULL, false);
  if (reason != NULL) {
    fprintf(stderr, "cannot record: %s\n", reason);
    return 1;
  }
  allocate_and_free(); /* the thread has its ring from here on */
  mt_live_region.ring_slots = mt_slots_used();
  interrupted_hook(HANDLERS);
  for (unsigned i = 1; i < RECORDED; i++) allocate_and_free();
  mt_recorder_finish(MT_END_EXIT, 0);
  printf("%u %u %u\n", RECORDED, RECORDED, 2 * HANDLERS);
  return 0;
}
