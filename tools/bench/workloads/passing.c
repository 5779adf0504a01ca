/*
 * passing: threads in a circle. Each allocates blocks and hands them to its right neighbour in
 * bundles; each frees what its left neighbour allocated. No block is freed where it was made.
 *
 *   passing THREADS PAIRS
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "common.h"

enum { BUNDLE = 256, BUNDLES = 16, THREADS_MAX = 64 };

/* A queue from one thread to the next. sent: written by its producer, received: by its consumer. */
struct queue {
  _Alignas(64) _Atomic long sent;
  _Alignas(64) _Atomic long received;
  void *blocks[BUNDLES][BUNDLE];
};

struct worker {
  pthread_t thread;
  struct queue *in, *out;
  long bundles;
  uint64_t seed;
};

static struct queue queues[THREADS_MAX];
static struct worker workers[THREADS_MAX];
static pthread_barrier_t start_line;

static FRAME int produce(struct worker *worker, long number) {
  struct queue *queue = worker->out;
  if (number - atomic_load_explicit(&queue->received, memory_order_acquire) == BUNDLES) return 0;
  void **blocks = queue->blocks[number % BUNDLES];
  for (int i = 0; i < BUNDLE; i++) {
    blocks[i] = malloc(16 + next_random(&worker->seed) % 240);
    keep(blocks[i]);
  }
  atomic_store_explicit(&queue->sent, number + 1, memory_order_release);
  return 1;
}

static FRAME int consume(struct worker *worker, long number) {
  struct queue *queue = worker->in;
  if (atomic_load_explicit(&queue->sent, memory_order_acquire) == number) return 0;
  void **blocks = queue->blocks[number % BUNDLES];
  for (int i = 0; i < BUNDLE; i++) free(blocks[i]);
  atomic_store_explicit(&queue->received, number + 1, memory_order_release);
  return 1;
}

static void *work(void *context) {
  struct worker *worker = context;
  pthread_barrier_wait(&start_line);
  long produced = 0, consumed = 0;
  while (produced < worker->bundles || consumed < worker->bundles) {
    int moved = 0;
    if (produced < worker->bundles && produce(worker, produced)) produced++, moved = 1;
    if (consumed < worker->bundles && consume(worker, consumed)) consumed++, moved = 1;
    if (!moved) sched_yield();
  }
  return NULL;
}

int main(int count, char **arguments) {
  long threads = argument(count, arguments, 1, "threads");
  long pairs = argument(count, arguments, 2, "pairs in all");
  if (threads > THREADS_MAX) return 2;

  pthread_barrier_init(&start_line, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; i++) {
    workers[i].out = &queues[i];
    workers[i].in = &queues[(i + threads - 1) % threads];
    workers[i].bundles = pairs / threads / BUNDLE;
    workers[i].seed = 88172645463325252u + (uint64_t)i * 2654435761u;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 1;
  }
  pthread_barrier_wait(&start_line);
  double start = now_seconds();
  for (long i = 0; i < threads; i++) pthread_join(workers[i].thread, NULL);
  report_throughput((double)pairs, start);
  return 0;
}
