/*
 * order.c: threads whose heaps make sense only in the order in which the threads synchronized.
 * `order MODE COUNT`: what each mode does is said at its function. All blocks come from `make`, or
 * from one of three functions by the phase that they belong to.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memtrace.h"

static int count;
static size_t block_bytes = 1 << 20;

__attribute__((noinline)) static void *make(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) abort();
  memset(block, 1, 16);
  return block;
}

/* ---- One block at a time, handed from one thread to another ---- */

static sem_t empty, filled;
static void *passed_on;
static _Atomic(void *) mailbox;

static void *take_blocks(void *unused) {
  for (int i = 0; i < count; i++) {
    sem_wait(&filled);
    free(passed_on);
    sem_post(&empty);
  }
  return unused;
}

/* Never more than one block lives: the maker waits until the last is freed. */
static void hand_over_blocking(void) {
  pthread_t taker;
  sem_init(&empty, 0, 1);
  sem_init(&filled, 0, 0);
  pthread_create(&taker, NULL, take_blocks, NULL);
  for (int i = 0; i < count; i++) {
    sem_wait(&empty);
    passed_on = make(block_bytes);
    sem_post(&filled);
  }
  pthread_join(taker, NULL);
}

static void *take_spinning(void *unused) {
  for (int i = 0; i < count; i++) {
    void *block;
    while ((block = atomic_load_explicit(&mailbox, memory_order_acquire)) == NULL) {
    }
    free(block);
    atomic_store_explicit(&mailbox, NULL, memory_order_release);
  }
  return unused;
}

/* The same without a system call in between. */
static void hand_over_spinning(void) {
  pthread_t taker;
  pthread_create(&taker, NULL, take_spinning, NULL);
  for (int i = 0; i < count; i++) {
    while (atomic_load_explicit(&mailbox, memory_order_acquire) != NULL) {
    }
    atomic_store_explicit(&mailbox, make(block_bytes), memory_order_release);
  }
  pthread_join(taker, NULL);
}

/* ---- Threads that take turns, each with a block of its own ---- */

static atomic_int turn;

static void *take_turns(void *mine) {
  for (int i = 0; i < count; i++) {
    while (atomic_load(&turn) % 2 != *(int *)mine) {
    }
    free(make(block_bytes));
    atomic_fetch_add(&turn, 1);
  }
  return NULL;
}

/* Never more than one block lives. */
static void alternate(void) {
  pthread_t threads[2];
  static int numbers[] = {0, 1};
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, take_turns, &numbers[i]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

/* ---- Two blocks that do live at the same time, of threads that were quiet before ---- */

static sem_t go[2], ready[2];

static void *hold(void *mine) {
  int me = *(int *)mine;
  for (int i = 0; i < count; i++) {
    sem_wait(&go[me]);
    void *block = make(10 * block_bytes);
    sem_post(&ready[me]);
    sem_wait(&go[me]);
    free(block);
    sem_post(&ready[me]);
  }
  return NULL;
}

static void overlap(void) {
  pthread_t threads[2];
  static int numbers[] = {0, 1};
  for (int i = 0; i < 2; i++) {
    sem_init(&go[i], 0, 0);
    sem_init(&ready[i], 0, 0);
    pthread_create(&threads[i], NULL, hold, &numbers[i]);
  }
  for (int round = 0; round < 2 * count; round++) {
    for (int i = 0; i < 2; i++) {
      sem_post(&go[i]);
      sem_wait(&ready[i]);
      usleep(500);
    }
  }
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

/* ---- Marks, around what another thread does ---- */

__attribute__((noinline)) static void *before(void) { return make(1000); }
__attribute__((noinline)) static void *between(void) { return make(2000); }
__attribute__((noinline)) static void *behind(void) { return make(3000); }

static void *work(void *unused) {
  void *(*const functions[])(void) = {before, between, behind};
  for (int i = 0; i < 3; i++) {
    sem_wait(&filled);
    for (int k = 0; k < 100; k++) {
      void *block = functions[i]();
      __asm__ volatile("" : : "r"(block) : "memory"); /* kept, and no jump but a call */
    }
    sem_post(&empty);
  }
  return unused;
}

/* 100 blocks each before, between and behind the marks, as far apart as `count` microseconds. */
static void mark_phases(void) {
  pthread_t worker;
  sem_init(&empty, 0, 0);
  sem_init(&filled, 0, 0);
  pthread_create(&worker, NULL, work, NULL);
  for (int i = 0; i < 3; i++) {
    if (i > 0) {
      usleep((useconds_t)count);
      memtrace_mark(i == 1 ? "begin" : "end");
      usleep((useconds_t)count);
    }
    sem_post(&filled);
    sem_wait(&empty);
  }
  pthread_join(worker, NULL);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const char *mode = argv[1];
  count = atoi(argv[2]);
  if (strcmp(mode, "small") == 0 || strcmp(mode, "killed-small") == 0) block_bytes = 2000;
  if (strstr(mode, "spinning") != NULL) {
    hand_over_spinning();
  } else if (strcmp(mode, "alternating") == 0) {
    alternate();
  } else if (strcmp(mode, "overlapping") == 0) {
    overlap();
  } else if (strcmp(mode, "marks") == 0) {
    mark_phases();
  } else {
    hand_over_blocking();
  }
  if (strncmp(mode, "killed", 6) == 0) kill(getpid(), SIGKILL);
  return 0;
}
