/*
 * steady.c: THREADS threads allocate, fill, check and free blocks until the input ends; then it
 * says whether each block held what was written to it, and returns 3. Says "ready" once it is at
 * work.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEPT = 128, THREADS_MAX = 64 };

static atomic_int ends, broken;
static atomic_long turns;

static void *work(void *argument) {
  unsigned seed = (unsigned)(uintptr_t)argument * 7919 + 1;
  unsigned char *kept[KEPT] = {0};
  size_t bytes[KEPT] = {0};
  while (!atomic_load(&ends)) {
    seed = seed * 1103515245 + 12345;
    unsigned place = seed >> 16 & (KEPT - 1);
    unsigned char *block = kept[place];
    if (block != NULL && (block[0] != place || block[bytes[place] - 1] != place)) broken = 1;
    free(block);
    bytes[place] = 1 + (seed >> 8 & 1023);
    kept[place] = malloc(bytes[place]);
    memset(kept[place], (int)place, bytes[place]);
    atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed);
  }
  for (unsigned i = 0; i < KEPT; i++) free(kept[i]);
  return NULL;
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 2;
  pthread_t started[THREADS_MAX];
  for (int i = 0; i < threads; i++) {
    if (pthread_create(&started[i], NULL, work, (void *)(uintptr_t)(i + 1)) != 0) return 1;
  }
  while (atomic_load(&turns) < 1000) usleep(1000);
  if (write(1, "ready\n", 6) != 6) return 1;
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  ends = 1;
  for (int i = 0; i < threads; i++) pthread_join(started[i], NULL);
  puts(broken ? "broken" : "whole");
  return 3;
}
