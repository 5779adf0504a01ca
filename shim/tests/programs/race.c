/*
 * race.c: two threads free each other's blocks and get them back at once: every slot of a shared
 * array is emptied and refilled by whichever thread comes by, so that a block's address is reused
 * while its free is still being recorded. At the end it prints the exact live set: blocks, bytes.
 * A third of the refills is a realloc, the case that a recorder gets wrong first.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOTS = 16, THREADS = 2 };

static _Atomic(void *) slots[SLOTS];
static long steps;

/* A block's first word is its own size, so that the live set can be counted at the end. */
static void *fill(void *block, size_t bytes) {
  if (block != NULL) *(size_t *)block = bytes;
  return block;
}

static void *work(void *argument) {
  uint32_t state = (uint32_t)(uintptr_t)argument * 2654435761u + 1;
  for (long step = 0; step < steps; step++) {
    state = state * 1664525u + 1013904223u;
    size_t bytes = 16 + (state >> 24) % 3 * 16;
    void *block = atomic_exchange(&slots[(state >> 16) % SLOTS], NULL);
    if (state >> 30 == 0) {
      block = fill(realloc(block, bytes), bytes);
    } else {
      free(block);
      block = fill(malloc(bytes), bytes);
    }
    free(atomic_exchange(&slots[(state >> 8) % SLOTS], block));
  }
  return NULL;
}

int main(int argc, char **argv) {
  steps = argc > 1 ? atol(argv[1]) : 2500000;
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)(i + 1));
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  int blocks = 0;
  size_t bytes = 0;
  for (int i = 0; i < SLOTS; i++) {
    void *block = atomic_load(&slots[i]);
    if (block == NULL) continue;
    blocks++;
    bytes += *(size_t *)block;
  }
  /* No stdio: its buffer would be one more block. */
  char line[64];
  int length = snprintf(line, sizeof line, "%d %zu\n", blocks, bytes);
  return write(1, line, (size_t)length) == length ? 0 : 1;
}
