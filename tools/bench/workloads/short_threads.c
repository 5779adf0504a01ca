/*
 * short_threads: many threads that live for a few allocations, four at a time: what a thread's
 * beginning and end cost.
 *
 *   short_threads THREADS
 */
#include <pthread.h>

#include "common.h"

enum { AT_ONCE = 4, BLOCKS = 32 };

static void *work(void *context) {
  uint64_t seed = 88172645463325252u + (uint64_t)(uintptr_t)context;
  void *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    blocks[i] = malloc(16 + next_random(&seed) % 240);
    keep(blocks[i]);
  }
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  return NULL;
}

int main(int count, char **arguments) {
  long threads = argument(count, arguments, 1, "threads");
  double start = now_seconds();
  for (long done = 0; done < threads; done += AT_ONCE) {
    pthread_t running[AT_ONCE];
    for (long i = 0; i < AT_ONCE; i++) {
      if (pthread_create(&running[i], NULL, work, (void *)(done + i + 1)) != 0) return 1;
    }
    for (int i = 0; i < AT_ONCE; i++) pthread_join(running[i], NULL);
  }
  report_throughput((double)threads, start);
  return 0;
}
