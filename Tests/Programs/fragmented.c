/*
 * fragmented.c: programs of which little is left, on pages that are otherwise empty.
 *
 *   fragmented sessions   every hundredth of many small blocks stays
 *   fragmented top        one block stays above all that was freed
 *   fragmented cache      small entries stay that were made between large buffers
 *   fragmented threads    each thread leaves one block in its own part of the heap
 *   fragmented dense      nothing is wrong: what stays lies side by side
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PLANTED __attribute__((noinline))
enum { MANY = 40000 };

static void *blocks[MANY], *kept[MANY];

PLANTED void *written(size_t bytes) { return memset(malloc(bytes), 1, bytes); }
PLANTED void *new_session(void) { return written(500); }
PLANTED void *parse(void) { return written(500); }
PLANTED void *keep_top(void) { return written(40); }
PLANTED void *cache_entry(void) { return written(64); }
PLANTED void *buffer(void) { return written(9000); }
PLANTED void *result_of_thread(void) { return written(100); }
PLANTED void *table_row(void) { return written(64); }

static void sessions(void) {
  for (int i = 0; i < MANY; i++) blocks[i] = i % 100 == 0 ? new_session() : parse();
  for (int i = 0; i < MANY; i++) {
    if (i % 100 != 0) free(blocks[i]);
  }
}

static void top(void) {
  for (int i = 0; i < MANY; i++) blocks[i] = parse();
  kept[0] = keep_top();
  for (int i = 0; i < MANY; i++) free(blocks[i]);
}

static void cache(void) {
  for (int i = 0; i < 2000; i++) {
    blocks[i] = buffer();
    kept[i] = cache_entry();
  }
  for (int i = 0; i < 2000; i++) free(blocks[i]);
}

static void *thread(void *number) {
  static void *own[8][1000];
  void **mine = own[(size_t)number];
  for (int i = 0; i < 1000; i++) mine[i] = buffer();
  kept[(size_t)number] = result_of_thread();
  for (int i = 0; i < 1000; i++) free(mine[i]);
  return NULL;
}

static void threads(void) {
  pthread_t all[8];
  for (size_t i = 0; i < 8; i++) pthread_create(&all[i], NULL, thread, (void *)i);
  for (size_t i = 0; i < 8; i++) pthread_join(all[i], NULL);
}

static void dense(void) {
  for (int i = 0; i < MANY; i++) kept[i] = table_row();
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "";
  if (strcmp(how, "sessions") == 0) sessions();
  if (strcmp(how, "top") == 0) top();
  if (strcmp(how, "cache") == 0) cache();
  if (strcmp(how, "threads") == 0) threads();
  if (strcmp(how, "dense") == 0) dense();
  return 0;
}
