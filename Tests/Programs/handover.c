/* handover.c: 50,000 blocks allocated by one thread, all freed by another, but the last three. */
#include <pthread.h>
#include <stdlib.h>

enum { BLOCKS = 50000, KEPT = 3 };

static void *blocks[BLOCKS];

__attribute__((noinline)) static void *allocate(void *unused) {
  (void)unused;
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(64 + (size_t)i % 7);
  return NULL;
}

__attribute__((noinline)) static void *release(void *unused) {
  (void)unused;
  for (int i = 0; i < BLOCKS - KEPT; i++) free(blocks[i]);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, allocate, NULL);
  pthread_join(thread, NULL);
  pthread_create(&thread, NULL, release, NULL);
  pthread_join(thread, NULL);
  return 0;
}
