/*
 * freed_by_others.c: blocks that other threads free than made them, some long after, when the maker
 * has ended and its place among the recorder's threads has gone to others; every block is freed.
 * What a recorder may keep to know a block's maker by (a thread's place, some bits of how often
 * that was given out, some bits of the number of the thread's allocations) comes round in each of
 * these:
 *
 *   slots N     a thread makes 1,000 blocks and ends; N threads come and go; then they are freed
 *   jobs N US   N threads one after the other make up to 300 blocks each, US microseconds apart;
 * all blocks are freed at the end crowd N     N threads, four at a time, each frees blocks of
 * earlier ones and leaves others many N      one thread makes N blocks, keeps every 50,001st, and
 * another frees those fork N      as jobs, in the child of a process that did it, too, and whose
 * blocks it frees first
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MADE_MAX = 300, KEPT_MAX = 4096 };

struct job {
  int count;
  void *blocks[MADE_MAX];
};

__attribute__((noinline)) static void *make(size_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) abort();
  *(volatile char *)block = 1;
  return block;
}

static void run(void *(*body)(void *), void *argument) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, argument) != 0) abort();
  pthread_join(thread, NULL);
}

static void *fill(void *argument) {
  struct job *job = argument;
  for (int i = 0; i < job->count; i++) job->blocks[i] = make(100 + (size_t)i % 7 * 16);
  return NULL;
}

static void *pass_by(void *unused) {
  (void)unused;
  free(make(10));
  return NULL;
}

static struct job first[4];

static void slots(int threads) {
  for (int i = 0; i < 4; i++) first[i].count = 250;
  run(fill, &first[0]);
  for (int i = 1; i < 4; i++) run(fill, &first[i]);
  for (int i = 0; i < threads; i++) {
    run(pass_by, NULL);
    usleep(20000); /* the next one gets the same place */
  }
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < first[i].count; j++) free(first[i].blocks[j]);
  }
}

static struct job *all;

static void make_jobs(int count, int pause_us) {
  all = calloc((size_t)count, sizeof *all);
  uint32_t state = 1;
  for (int i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    all[i].count = 1 + (int)(state >> 16) % MADE_MAX;
    run(fill, &all[i]);
    if (pause_us != 0) usleep((useconds_t)pause_us);
  }
}

static void free_jobs(int count) {
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < all[i].count; j++) free(all[i].blocks[j]);
  }
  free(all);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *kept[KEPT_MAX];
static unsigned kept_count;

static void *meet(void *argument) {
  uint32_t state = (uint32_t)(uintptr_t)argument * 2654435761u + 1;
  for (int i = 0; i < 60; i++) {
    state = state * 1664525u + 1013904223u;
    void *block = make(16 + (state >> 24)), *old = NULL;
    pthread_mutex_lock(&lock);
    if (kept_count < KEPT_MAX / 2 || state >> 31 == 0) {
      if (kept_count == KEPT_MAX) abort();
      kept[kept_count++] = block;
      block = NULL;
    }
    if (kept_count > 0 && (state >> 8) % 8 != 0) {
      unsigned place = (state >> 4) % kept_count;
      old = kept[place];
      kept[place] = kept[--kept_count];
    }
    pthread_mutex_unlock(&lock);
    free(old);
    free(block);
  }
  return NULL;
}

static void crowd(int threads) {
  for (int i = 0; i < threads; i += 4) {
    pthread_t some[4];
    for (int j = 0; j < 4; j++)
      pthread_create(&some[j], NULL, meet, (void *)(uintptr_t)(i + j + 1));
    for (int j = 0; j < 4; j++) pthread_join(some[j], NULL);
  }
  while (kept_count > 0) free(kept[--kept_count]);
}

static long many;

static void *make_many(void *unused) {
  (void)unused;
  for (long i = 0; i < many; i++) {
    void *block = make(32);
    if (i % 50001 == 0 && kept_count < KEPT_MAX) {
      kept[kept_count++] = block;
    } else {
      free(block);
    }
  }
  return NULL;
}

static void *free_kept(void *unused) {
  (void)unused;
  while (kept_count > 0) free(kept[--kept_count]);
  return NULL;
}

static int fork_jobs(int count) {
  make_jobs(count, 0);
  struct job *inherited = all;
  pid_t child = fork();
  if (child == 0) {
    free_jobs(count);
    make_jobs(count, 200);
    free_jobs(count);
    return 0;
  }
  all = inherited;
  free_jobs(count);
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int count = atoi(argv[2]);
  if (strcmp(argv[1], "slots") == 0) slots(count);
  if (strcmp(argv[1], "crowd") == 0) crowd(count);
  if (strcmp(argv[1], "fork") == 0) return fork_jobs(count);
  if (strcmp(argv[1], "jobs") == 0) {
    make_jobs(count, argc > 3 ? atoi(argv[3]) : 0);
    free_jobs(count);
  }
  if (strcmp(argv[1], "many") == 0) {
    many = atol(argv[2]);
    run(pass_by, NULL);
    run(make_many, NULL);
    run(free_kept, NULL);
  }
  return 0;
}
