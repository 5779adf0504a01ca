/*
 * race.c: two threads free each other's blocks and get them back at once: every slot of a shared
 * array is emptied and refilled by whichever thread comes by, so that a block's address is reused
 * while its free is still being recorded. A quarter of the refills is a realloc, the case that a
 * recorder gets wrong first. At the end it prints the exact live set (blocks, bytes) and how often
 * a thread ended a block that the other had made: without that there was no race.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOTS = 16, THREADS = 2 };

static _Atomic(void *) slots[SLOTS];
static atomic_long taken;
static pthread_barrier_t stride;
static long steps;

/* What a block holds: its own size, so that the live set can be counted, and who made it. */
struct block {
  size_t bytes;
  uintptr_t maker;
};

static void *fill(void *block, size_t bytes, uintptr_t maker) {
  if (block != NULL) *(struct block *)block = (struct block){bytes, maker};
  return block;
}

static void *work(void *argument) {
  uintptr_t self = (uintptr_t)argument;
  long from_other = 0;
  uint32_t state = (uint32_t)self * 2654435761u + 1;
  for (long step = 0; step < steps; step++) {
    /* Side by side also on a busy machine, where the threads would else take turns and not meet. */
    if (step % 512 == 0) pthread_barrier_wait(&stride);
    state = state * 1664525u + 1013904223u;
    size_t bytes = 16 + (state >> 24) % 3 * 16;
    void *block = atomic_exchange(&slots[(state >> 16) % SLOTS], NULL);
    from_other += block != NULL && ((struct block *)block)->maker != self;
    if (state >> 30 == 0) {
      block = fill(realloc(block, bytes), bytes, self);
    } else {
      free(block);
      block = fill(malloc(bytes), bytes, self);
    }
    free(atomic_exchange(&slots[(state >> 8) % SLOTS], block));
  }
  atomic_fetch_add(&taken, from_other);
  return NULL;
}

int main(int argc, char **argv) {
  steps = argc > 1 ? atol(argv[1]) : 2500000;
  pthread_barrier_init(&stride, NULL, THREADS);
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)(i + 1));
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  int blocks = 0;
  size_t bytes = 0;
  for (int i = 0; i < SLOTS; i++) {
    void *block = atomic_load(&slots[i]);
    if (block == NULL) continue;
    blocks++;
    bytes += ((struct block *)block)->bytes;
  }
  /* No stdio: its buffer would be one more block. */
  char line[64];
  int length = snprintf(line, sizeof line, "%d %zu %ld\n", blocks, bytes, atomic_load(&taken));
  return write(1, line, (size_t)length) == length ? 0 : 1;
}
