/* Four courses of live memory side by side, for about the seconds given: a leak of 100 bytes each
 * millisecond, a cache of 1,000 entries that is full after a third, batches of 400 blocks, and what
 * is made at the start. With "clean" as a second argument, all but the leak. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CACHE = 1000, BATCH = 400, START = 500 };
static void *cache[CACHE], *batch[BATCH], *volatile tables[START];

#define APART __attribute__((noinline))

APART static void leak(void) {
  void *volatile lost = malloc(100);
  (void)lost;
}

APART static void fill_cache(int step, int steps) {
  int place = step * 3 < steps ? step * CACHE * 3 / steps % CACHE : rand() % CACHE;
  free(cache[place]);
  cache[place] = malloc(200);
}

APART static void collect_batch(int step) {
  int place = step % BATCH;
  if (place == 0) {
    for (int i = 0; i < BATCH; i++) free(batch[i]);
    memset(batch, 0, sizeof batch);
  }
  batch[place] = malloc(300);
}

APART static void make_tables(void) {
  for (int i = 0; i < START; i++) tables[i] = malloc(400);
}

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 4;
  int steps = (int)(seconds * 1000);
  int is_clean = count > 2 && strcmp(arguments[2], "clean") == 0;
  struct timespec pause = {0, 900000};
  make_tables();
  for (int step = 0; step < steps; step++) {
    if (!is_clean) leak();
    fill_cache(step, steps);
    collect_batch(step);
    nanosleep(&pause, NULL);
  }
  return 0;
}
