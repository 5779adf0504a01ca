/* Blocks that are allocated while recording pauses, and freed by other threads after it, when
 * others of their addresses are recorded. Each thread records as many blocks a round, and frees
 * them all. */
#include <pthread.h>
#include <stdlib.h>

#include "memtrace.h"

#define THREADS 4
#define ROUNDS 8
#define BLOCKS 1000 /* recorded twice a round by each thread */

static pthread_barrier_t barrier;
static void *first[THREADS][BLOCKS], *second[THREADS][BLOCKS], *unseen[THREADS][BLOCKS];

__attribute__((noinline)) static void *recorded(int index) {
  void *volatile block = malloc(16 + (size_t)index % 50 * 16);
  return block;
}

__attribute__((noinline)) static void *unrecorded(int index) {
  void *volatile block = malloc(16 + (size_t)index % 50 * 16);
  return block;
}

static void free_all(void **blocks) {
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
}

static void *work(void *argument) {
  int own = (int)(size_t)argument, other = (own + 1) % THREADS;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < BLOCKS; i++) first[own][i] = recorded(i);
    pthread_barrier_wait(&barrier);
    if (own == 0) memtrace_pause();
    pthread_barrier_wait(&barrier);
    if (round % 2 == 0) free_all(first[other]); /* recorded blocks that end in a pause */
    for (int i = 0; i < BLOCKS; i++) unseen[own][i] = unrecorded(i);
    for (int i = 0; i < BLOCKS; i++) unseen[own][i] = realloc(unseen[own][i], 900);
    pthread_barrier_wait(&barrier);
    if (own == 0) memtrace_resume();
    pthread_barrier_wait(&barrier);
    if (round % 2 != 0) free_all(first[other]);
    free_all(unseen[other]); /* their addresses go to recorded blocks at once */
    for (int i = 0; i < BLOCKS; i++) second[own][i] = recorded(i);
    pthread_barrier_wait(&barrier);
    free_all(second[round % 3 == 0 ? own : other]);
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  pthread_barrier_init(&barrier, NULL, THREADS);
  for (size_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  return 0;
}
