/*
 * larson: a server as Larson and Krishnan simulated it. A thread owns a table of blocks and
 * replaces them at random; after a while it hands the table to a thread that it starts, and
 * ends, so that blocks are freed by threads younger than they are.
 *
 *   larson CHAINS PAIRS
 */
#include <pthread.h>

#include "common.h"

enum { TABLE = 4096, GENERATIONS = 16, CHAINS_MAX = 64, SIZE_MIN = 8, SIZE_RANGE = 504 };

struct chain {
  void *table[TABLE];
  uint64_t seed;
  long pairs_per_generation;
  int generation;
};

static struct chain chains[CHAINS_MAX];
static pthread_barrier_t start_line, finish_line;

static FRAME void handle_request(struct chain *chain) {
  uint32_t random = next_random(&chain->seed);
  void **slot = &chain->table[random % TABLE];
  free(*slot);
  *slot = malloc(SIZE_MIN + (random >> 12) % SIZE_RANGE);
  keep(*slot);
}

static void start_generation(struct chain *chain);

static void *serve(void *context) {
  struct chain *chain = context;
  if (chain->generation == 0) pthread_barrier_wait(&start_line);
  for (long i = 0; i < chain->pairs_per_generation; i++) handle_request(chain);
  if (++chain->generation < GENERATIONS) {
    start_generation(chain);
  } else {
    for (int i = 0; i < TABLE; i++) free(chain->table[i]);
    pthread_barrier_wait(&finish_line);
  }
  return NULL;
}

static void start_generation(struct chain *chain) {
  pthread_t thread;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &detached, serve, chain) != 0) {
    fprintf(stderr, "larson: no thread\n");
    exit(1);
  }
  pthread_attr_destroy(&detached);
}

int main(int count, char **arguments) {
  long threads = argument(count, arguments, 1, "chains");
  long pairs = argument(count, arguments, 2, "pairs in all");
  if (threads > CHAINS_MAX) return 2;

  pthread_barrier_init(&start_line, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&finish_line, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; i++) {
    chains[i].seed = 88172645463325252u + (uint64_t)i * 2654435761u;
    chains[i].pairs_per_generation = pairs / threads / GENERATIONS;
    start_generation(&chains[i]);
  }
  pthread_barrier_wait(&start_line);
  double start = now_seconds();
  pthread_barrier_wait(&finish_line);
  report_throughput((double)pairs, start);
  return 0;
}
