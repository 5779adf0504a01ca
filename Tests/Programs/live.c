/* Allocates and frees at random in some threads, stage by stage: each stage ends with a mark and
 * waits for a line of input, which may be `end`. `live SEED THREADS [fork|exec|leak]`: between
 * stages it forks, or becomes another program, or leaks until it is killed. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memtrace.h"

enum { SLOTS = 3000 };

static pthread_barrier_t begins, ends;
static uint64_t seed;
static void *volatile kept; /* so that no allocation is optimised away */
static int stages = 4;

struct worker {
  unsigned number;
  uint64_t random;
  void *slots[SLOTS];
};

static uint64_t next(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static __attribute__((noinline)) void *small(uint64_t n) { return malloc(n % 200); }
static __attribute__((noinline)) void *forgotten(void) { return malloc(1000); }
static __attribute__((noinline)) void *large(uint64_t n) { return malloc(n % 50000); }

static void work(struct worker *worker, uint64_t steps) {
  for (uint64_t i = 0; i < steps; i++) {
    uint64_t n = next(&worker->random);
    void **slot = &worker->slots[n >> 8 & 2047];
    if (n % 7 == 0) {
      *slot = realloc(*slot, n >> 40 & 1023);
    } else {
      free(*slot);
      *slot = n % 3 == 0 ? NULL : n % 50 == 0 ? large(n >> 20) : small(n >> 20);
    }
  }
}

static void *thread(void *argument) {
  struct worker *worker = argument;
  for (int stage = 0; stage < stages; stage++) {
    pthread_barrier_wait(&begins);
    work(worker, 2000 + next(&worker->random) % 40000);
    pthread_barrier_wait(&ends);
  }
  return NULL;
}

int main(int argc, char **argv) {
  /* Nothing is allocated between a mark and the next stage. */
  static char input[4096], output[4096];
  setvbuf(stdin, input, _IOFBF, sizeof input);
  setvbuf(stdout, output, _IOFBF, sizeof output);
  seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
  const char *way = argc > 3 ? argv[3] : "";
  pthread_barrier_init(&begins, NULL, threads + 1);
  pthread_barrier_init(&ends, NULL, threads + 1);
  for (unsigned i = 0; i < threads; i++) {
    struct worker *worker = calloc(1, sizeof *worker);
    pthread_t id;
    if (worker == NULL) return 2;
    worker->number = i;
    worker->random = (seed * 31 + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    if (pthread_create(&id, NULL, thread, worker) != 0) return 2;
  }
  char line[64];
  for (int stage = 0; stage < stages; stage++) {
    pthread_barrier_wait(&begins);
    pthread_barrier_wait(&ends);
    snprintf(line, sizeof line, "stage %d", stage);
    memtrace_mark(line);
    printf("%s\n", line);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL || strcmp(line, "end\n") == 0) break;
    if (strcmp(way, "fork") == 0 && fork() == 0) {
      struct worker child = {.random = seed + (uint64_t)stage + 1};
      work(&child, 5000);
      _exit(0);
    }
    while (strcmp(way, "leak") == 0) {
      kept = forgotten();
      usleep(1000);
    }
    if (strcmp(way, "exec") == 0 && stage == 1) execl("/bin/true", "true", (char *)NULL);
  }
  return 0;
}
