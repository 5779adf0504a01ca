/*
 * counting.c: `counting COUNTS THREADS WAY MICROSECONDS`: threads that allocate and free until the
 * process ends, each of which counts its calls in the file COUNTS, mapped shared: one before a
 * call, one after it. So whoever reads the file later knows which calls were complete, and that at
 * most one more had begun. After some time main ends the process in the WAY named; the way `kill`
 * is to wait for somebody else to do it.
 *
 * Of the blocks of a thread the N-th has 1 + N % 1000 bytes, and each lives until eight more were
 * made.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS_MAX = 64, WINDOW = 8, MEGABYTE = 1 << 20 };

struct counts {
  _Atomic uint32_t pid; /* set when all threads are about to start */
  uint32_t threads;
  struct {
    _Atomic uint64_t tid, allocating, allocated, freeing, freed;
  } thread[THREADS_MAX];
};

static struct counts *counts;

__attribute__((noinline)) static void *work(void *argument) {
  long self = (long)argument;
  void *window[WINDOW] = {NULL};
  counts->thread[self].tid = (uint64_t)gettid();
  for (uint64_t n = 0;; n++) {
    counts->thread[self].allocating = n + 1;
    void *block = malloc(1 + n % 1000);
    if (block == NULL) { /* memory is short on purpose: what was allocated stays comparable */
      counts->thread[self].allocating = n;
      pause();
    }
    counts->thread[self].allocated = n + 1;
    if (n >= WINDOW) {
      counts->thread[self].freeing = n + 1 - WINDOW;
      free(window[n % WINDOW]);
      counts->thread[self].freed = n + 1 - WINDOW;
    }
    window[n % WINDOW] = block;
  }
  return NULL;
}

/* Until the kernel kills the process, or there is no more memory to be had. */
static void eat_memory(void) {
  char *block;
  while ((block = malloc(MEGABYTE)) != NULL) memset(block, 1, MEGABYTE);
  abort();
}

static int end(const char *way) {
  if (strcmp(way, "crash") == 0) *(volatile int *)8 = 0;
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "_exit") == 0) _exit(5);
  if (strcmp(way, "quick_exit") == 0) quick_exit(6);
  if (strcmp(way, "memory") == 0) eat_memory();
  if (strcmp(way, "kill") == 0) pause();
  return 7;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int file = open(argv[1], O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof *counts) != 0) return 3;
  counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (counts == MAP_FAILED) return 4;
  counts->threads = (uint32_t)atoi(argv[2]);
  pthread_t threads[THREADS_MAX];
  counts->pid = (uint32_t)getpid();
  for (long i = 0; i < (long)counts->threads; i++) {
    if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) break;
  }
  usleep((useconds_t)atoi(argv[4]));
  return end(argv[3]);
}
