/*
 * threads.c: four threads that allocate privately, and pass one block in eight to the next thread
 * to be freed there. What is allocated does not depend on the order in which they run.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, STEPS = 20000, BOXES = 64 };

static _Atomic(void *) boxes[THREADS][BOXES];

static void *work(void *argument) {
  int self = (int)(long)argument, next = (self + 1) % THREADS;
  unsigned state = (unsigned)self + 7;
  void *kept[256] = {NULL};
  for (int step = 0; step < STEPS; step++) {
    state = state * 1664525u + 1013904223u;
    size_t bytes = (state >> 16) % 500 + 1;
    char *block = malloc(bytes);
    memset(block, self, bytes);
    if (step % 8 == 0) {
      free(atomic_exchange(&boxes[next][step / 8 % BOXES], block));
    } else {
      int slot = (int)(state >> 8) % 256;
      slot = slot < 0 ? -slot : slot;
      free(kept[slot]);
      kept[slot] = block;
    }
  }
  for (int i = 0; i < 256; i++) free(kept[i]);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  int left = 0;
  for (int i = 0; i < THREADS; i++) {
    for (int j = 0; j < BOXES; j++) left += atomic_load(&boxes[i][j]) != NULL;
  }
  printf("%d\n", left);
  return 0;
}
