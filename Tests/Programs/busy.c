/*
 * busy.c: allocates without a pause, to be looked at while it runs. `busy THREADS SECONDS`: each
 * thread has at most 256 blocks; half of what it frees it took from a place where all leave blocks,
 * 16 of them at most. So there are never more than 256 * THREADS + 16 of them.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { OWN = 256, COMMON = 16 };

static _Atomic(void *) common[COMMON];

__attribute__((noinline)) static void *make(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) abort();
  *(volatile char *)block = 1;
  return block;
}

static void *work(void *argument) {
  void *own[OWN] = {NULL};
  uint32_t state = (uint32_t)(uintptr_t)argument;
  for (;;) {
    state = state * 1103515245u + 12345u;
    unsigned place = state >> 16 & (OWN - 1);
    if (state >> 31 != 0 && own[place] != NULL) {
      own[place] = atomic_exchange(&common[state >> 8 & (COMMON - 1)], own[place]);
    }
    free(own[place]);
    own[place] = make(16 + (state >> 20));
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int i = 0; i < atoi(argv[1]); i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void *)(uintptr_t)(i + 1)) != 0) return 1;
  }
  sleep((unsigned)atoi(argv[2]));
  _exit(0);
}
