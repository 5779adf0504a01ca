/* Everything that memtrace.h has, around allocations of known sizes; prints what the calls return.
 * C11 and C++. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "memtrace.h"

static void *volatile kept; /* so that no allocation is optimised away */

static void allocate(size_t bytes) {
  void *volatile block = malloc(bytes);
  free(block);
}

static void *other_thread(void *phase) {
  memtrace_phase_begin("worker");
  allocate(7000);
  memtrace_phase_end();
  memtrace_phase_close(*(memtrace_phase_t *)phase);
  return NULL;
}

int main(void) {
  errno = 42;
  memtrace_phase_end(); /* there is none */

  memtrace_phase_begin("load");
  kept = malloc(100000);
  memtrace_phase_begin("parse");
  void *volatile large = malloc(1000000);
  allocate(10);
  free(large);
  memtrace_phase_end();
  memtrace_snapshot("loaded");
  memtrace_phase_end();

  memtrace_phase_t request = memtrace_phase_open("request"), other = memtrace_phase_open("other");
  pthread_t thread;
  pthread_create(&thread, NULL, other_thread, &request);
  pthread_join(thread, NULL);
  allocate(300);
  memtrace_phase_close(other);
  memtrace_phase_close(other);
  memtrace_phase_close(0);

  void *volatile before = malloc(5001);
  memtrace_pause();
  void *volatile within = malloc(5002);
  free(before);
  allocate(5003);
  memtrace_pause();
  memtrace_resume();
  memtrace_resume();
  free(within);
  void *volatile after = malloc(5004);
  free(after);

  struct memtrace_stats stats;
  int known = memtrace_get_stats(&stats);
  printf("loaded %d, stats %d, phases %d, resident %d, allocations %d, lost %d, errno %d\n",
         memtrace_is_loaded(), known, request != 0 && other != request,
         stats.resident_bytes > 100000 && stats.resident_bytes < stats.virtual_bytes,
         stats.allocations >= 7 && stats.allocations < 30, (int)stats.lost_events, errno);
  free(kept);
  return 0;
}
