/* renamed.c: three threads that allocate: one names itself before, one after, one has the
 * program's name. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

static void *volatile block; /* so that the pairs are not left out */

static void *work(void *name_first) {
  if (name_first != NULL) pthread_setname_np(pthread_self(), name_first);
  free(block = malloc(100));
  return NULL;
}

static void *work_then_name(void *name) {
  free(block = malloc(200));
  pthread_setname_np(pthread_self(), name);
  return NULL;
}

static void run(void *(*body)(void *), void *name) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, name) != 0) exit(1);
  pthread_join(thread, NULL);
}

int main(void) {
  run(work, "early");
  run(work_then_name, "late");
  run(work, NULL);
  return 0;
}
