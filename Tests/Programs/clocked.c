/*
 * clocked.c: threads that note the time before and after each call, on the clock that a recorder
 * has as well. `clocked GAIT THREADS EVENTS LOG`. The gait is how calls follow each other:
 *
 *   quiet   one by one, some milliseconds apart
 *   busy    without a pause
 *   bursts  up to sixty at once, then up to fifteen milliseconds asleep
 *   spins   the same, but at work instead of asleep
 *
 * The log has for each thread its tid and the number of its calls, then of each call, in order: 1
 * for an allocation and 0 for a free, the time before and the time after. All blocks come from
 * `make`.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, LIVE_MAX = 8 };

struct call {
  uint64_t allocates, before_ns, after_ns;
};

struct worker {
  pthread_t thread;
  uint64_t tid;
  uint64_t random;
  struct call *calls;
};

static struct worker workers[THREADS_MAX];
static const char *gait;
static unsigned events;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static unsigned below(struct worker *worker, unsigned limit) {
  worker->random = worker->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(worker->random >> 33) % limit;
}

__attribute__((noinline)) static void *make(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) abort();
  memset(block, 1, bytes);
  return block;
}

static void rest(struct worker *worker, unsigned most_us) {
  uint64_t ns = (uint64_t)below(worker, most_us) * 1000;
  if (strcmp(gait, "spins") == 0) {
    for (uint64_t end = now() + ns; now() < end;) {
    }
  } else {
    nanosleep(&(struct timespec){0, (long)ns}, NULL);
  }
}

static void *work(void *argument) {
  struct worker *worker = argument;
  void *live[LIVE_MAX] = {NULL};
  unsigned left = 0; /* of the burst */
  worker->tid = (uint64_t)syscall(SYS_gettid);
  for (unsigned i = 0; i < events; i++) {
    if (strcmp(gait, "quiet") == 0) {
      rest(worker, 12000);
    } else if (strcmp(gait, "busy") != 0 && left-- == 0) {
      rest(worker, 15000);
      left = below(worker, 60);
    }
    void **place = &live[below(worker, LIVE_MAX)];
    struct call *call = &worker->calls[i];
    call->allocates = *place == NULL;
    call->before_ns = now();
    if (*place == NULL) {
      *place = make(16 + below(worker, 200));
    } else {
      free(*place);
      *place = NULL;
    }
    call->after_ns = now();
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  gait = argv[1];
  unsigned threads = (unsigned)atoi(argv[2]);
  events = (unsigned)atoi(argv[3]);
  if (threads > THREADS_MAX) return 2;
  for (unsigned i = 0; i < threads; i++) {
    workers[i].random = i + 1;
    workers[i].calls = mmap(NULL, events * sizeof(struct call), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (workers[i].calls == MAP_FAILED) abort();
    pthread_create(&workers[i].thread, NULL, work, &workers[i]);
  }
  FILE *log = fopen(argv[4], "w");
  if (log == NULL) return 1;
  for (unsigned i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
    uint64_t head[] = {workers[i].tid, events};
    fwrite(head, sizeof head, 1, log);
    fwrite(workers[i].calls, sizeof(struct call), events, log);
  }
  return fclose(log) != 0;
}
