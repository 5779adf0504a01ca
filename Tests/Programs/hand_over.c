/*
 * hand_over.c: one block at a time, which one thread makes and another frees, in the ways in which
 * programs synchronize. `hand_over WAY COUNT BYTES`: COUNT blocks of BYTES bytes come from `make`,
 * never two of them at once, and each is freed before its own thread makes the next. WAY:
 *
 *   condition  a queue of one place, a mutex and condition variables
 *   pipe       the block's address goes through a pipe, and a byte comes back
 *   futex      a word that the threads wait on by the kernel's own call
 *   ring       a ring of atomic places between three threads; who waits spins
 *   pool       workers whose results the main thread frees, one job at a time
 *   relay      threads of one block: each frees its predecessor's, and starts the next
 *   rounds     a barrier after each step; threads take turns at making and freeing
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count;
static size_t block_bytes;

__attribute__((noinline)) static void *make(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) abort();
  memset(block, 1, 16);
  return block;
}

/* ---- One maker and one taker ---- */

static void (*put)(
    void *block); /* returns when the block is freed, or before the next `put` does */
static void *(*take)(void);
static void (*done)(void); /* the taken block is freed */

static void *taker(void *unused) {
  for (int i = 0; i < count; i++) {
    free(take());
    done();
  }
  return unused;
}

static void maker(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, taker, NULL);
  for (int i = 0; i < count; i++) put(make(block_bytes));
  pthread_join(thread, NULL);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static void *place;

static void condition_put(void *block) {
  pthread_mutex_lock(&mutex);
  place = block;
  pthread_cond_signal(&filled);
  while (place != NULL) pthread_cond_wait(&emptied, &mutex);
  pthread_mutex_unlock(&mutex);
}

static void *condition_take(void) {
  pthread_mutex_lock(&mutex);
  while (place == NULL) pthread_cond_wait(&filled, &mutex);
  void *block = place;
  pthread_mutex_unlock(&mutex);
  return block;
}

static void condition_done(void) {
  pthread_mutex_lock(&mutex);
  place = NULL;
  pthread_cond_signal(&emptied);
  pthread_mutex_unlock(&mutex);
}

static int there[2], back[2];

static void pipe_put(void *block) {
  char answer;
  if (write(there[1], &block, sizeof block) != sizeof block || read(back[0], &answer, 1) != 1)
    abort();
}

static void *pipe_take(void) {
  void *block;
  if (read(there[0], &block, sizeof block) != sizeof block) abort();
  return block;
}

static void pipe_done(void) {
  if (write(back[1], "", 1) != 1) abort();
}

static atomic_uint word; /* odd: a block is there */

static void word_wait(unsigned seen) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void word_step(void) {
  atomic_fetch_add(&word, 1);
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void futex_put(void *block) {
  place = block;
  unsigned seen = atomic_load(&word) + 1;
  word_step();
  while (atomic_load(&word) == seen) word_wait(seen);
}

static void *futex_take(void) {
  for (unsigned seen; (seen = atomic_load(&word)) % 2 == 0;) word_wait(seen);
  return place;
}

/* ---- A ring of three: each frees what its predecessor made, and makes one for its successor ----
 */

static _Atomic(void *) places[3];

static void *stand_in_ring(void *number) {
  unsigned me = *(unsigned *)number;
  for (unsigned i = me; i < (unsigned)count; i += 3) {
    void *block;
    while ((block = atomic_exchange(&places[me], NULL)) == NULL) sched_yield();
    if (block != (void *)places) free(block); /* not the first one's permission to begin */
    atomic_store(&places[(me + 1) % 3], make(block_bytes));
  }
  return NULL;
}

static void ring(void) {
  static unsigned numbers[] = {0, 1, 2};
  pthread_t threads[3];
  atomic_store(&places[0], (void *)places);
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, stand_in_ring, &numbers[i]);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  free(atomic_load(&places[(unsigned)count % 3]));
}

/* ---- A pool ---- */

enum { WORKERS = 4 };
static int jobs, results;
static void *result;

static void *serve(void *unused) {
  pthread_mutex_lock(&mutex);
  for (;;) {
    while (jobs == 0) pthread_cond_wait(&filled, &mutex);
    if (jobs < 0) break;
    jobs--;
    pthread_mutex_unlock(&mutex);
    void *block = make(block_bytes);
    pthread_mutex_lock(&mutex);
    result = block;
    results++;
    pthread_cond_signal(&emptied);
  }
  pthread_mutex_unlock(&mutex);
  return unused;
}

static void pool(void) {
  pthread_t threads[WORKERS];
  for (int i = 0; i < WORKERS; i++) pthread_create(&threads[i], NULL, serve, NULL);
  pthread_mutex_lock(&mutex);
  for (int i = 0; i < count; i++) {
    jobs++;
    pthread_cond_signal(&filled);
    while (results == i) pthread_cond_wait(&emptied, &mutex);
    free(result);
  }
  jobs = -1;
  pthread_cond_broadcast(&filled);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
}

/* ---- Short-lived threads ---- */

static pthread_barrier_t end_of_relay;

static void *run(void *block) {
  static int runners;
  free(block);
  if (++runners > count) {
    pthread_barrier_wait(&end_of_relay);
    return NULL;
  }
  pthread_t next;
  pthread_create(&next, NULL, run, make(block_bytes));
  pthread_detach(next);
  return NULL;
}

static void relay(void) {
  pthread_t first;
  pthread_barrier_init(&end_of_relay, NULL, 2);
  pthread_create(&first, NULL, run, NULL);
  pthread_detach(first);
  pthread_barrier_wait(&end_of_relay);
}

/* ---- Rounds ---- */

static pthread_barrier_t round_ends;

static void *go_round(void *number) {
  int me = *(int *)number;
  for (int i = 0; i < 2 * count; i++) {
    if (i % 2 == 0 && i / 2 % 3 == me) place = make(block_bytes);
    if (i % 2 == 1 && (i / 2 + 1) % 3 == me) free(place);
    pthread_barrier_wait(&round_ends);
  }
  return NULL;
}

static void rounds(void) {
  static int numbers[] = {0, 1, 2};
  pthread_t threads[3];
  pthread_barrier_init(&round_ends, NULL, 3);
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, go_round, &numbers[i]);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const char *way = argv[1];
  count = atoi(argv[2]);
  block_bytes = (size_t)atol(argv[3]);
  if (strcmp(way, "condition") == 0) {
    put = condition_put, take = condition_take, done = condition_done;
    maker();
  } else if (strcmp(way, "pipe") == 0) {
    put = pipe_put, take = pipe_take, done = pipe_done;
    if (pipe(there) != 0 || pipe(back) != 0) abort();
    maker();
  } else if (strcmp(way, "futex") == 0) {
    put = futex_put, take = futex_take, done = word_step;
    maker();
  } else if (strcmp(way, "ring") == 0) {
    ring();
  } else if (strcmp(way, "pool") == 0) {
    pool();
  } else if (strcmp(way, "relay") == 0) {
    relay();
  } else if (strcmp(way, "rounds") == 0) {
    rounds();
  } else {
    return 2;
  }
  return 0;
}
