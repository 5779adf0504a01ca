/*
 * private: threads that allocate and free their own blocks, twelve frames deep, and share
 * nothing: what is lost here is lost to the allocator or to the profiler. The same work in sum
 * is split over the threads, so that rows of different thread counts compare.
 *
 *   private THREADS PAIRS steady|changing
 *
 * steady: all blocks come from one call chain. changing: the depth differs from call to call.
 */
#include <pthread.h>
#include <string.h>

#include "common.h"

enum { FRAMES = 12, WINDOW = 64, THREADS_MAX = 256, PAIRS_PER_DESCENT = 256 };

struct worker {
  pthread_t thread;
  long pairs;
  uint64_t seed;
  int changing;
  void *window[WINDOW];
};

static pthread_barrier_t start_line;

static void replace_one(struct worker *worker) {
  uint32_t random = next_random(&worker->seed);
  void **slot = &worker->window[random % WINDOW];
  free(*slot);
  *slot = malloc(16 + (random >> 8) % 240);
  keep(*slot);
}

static FRAME void allocate_at_leaf(struct worker *worker, int pairs) {
  for (int i = 0; i < pairs; i++) replace_one(worker);
  NO_TAIL_CALL();
}

static FRAME void descend(struct worker *worker, int depth, int pairs) {
  if (depth == 0) {
    allocate_at_leaf(worker, pairs);
  } else {
    descend(worker, depth - 1, pairs);
  }
  NO_TAIL_CALL();
}

static void *work(void *context) {
  struct worker *worker = context;
  pthread_barrier_wait(&start_line);
  if (worker->changing) {
    for (long done = 0; done < worker->pairs; done++) {
      descend(worker, FRAMES - 8 + (int)(next_random(&worker->seed) % 8), 1);
    }
  } else {
    for (long done = 0; done < worker->pairs; done += PAIRS_PER_DESCENT) {
      descend(worker, FRAMES - 4, PAIRS_PER_DESCENT);
    }
  }
  for (int i = 0; i < WINDOW; i++) free(worker->window[i]);
  return NULL;
}

int main(int count, char **arguments) {
  static struct worker workers[THREADS_MAX];
  long threads = argument(count, arguments, 1, "threads");
  long pairs = argument(count, arguments, 2, "pairs in all");
  int changing = count > 3 && strcmp(arguments[3], "changing") == 0;
  if (threads > THREADS_MAX) return 2;

  pthread_barrier_init(&start_line, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; i++) {
    workers[i].pairs = pairs / threads;
    workers[i].seed = 88172645463325252u + (uint64_t)i * 2654435761u;
    workers[i].changing = changing;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 1;
  }
  pthread_barrier_wait(&start_line);
  double start = now_seconds();
  for (long i = 0; i < threads; i++) pthread_join(workers[i].thread, NULL);
  report_throughput((double)pairs, start);
  return 0;
}
