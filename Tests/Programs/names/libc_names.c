/* Allocations that the C library makes under names of its own. */
#include <pthread.h>
#include <string.h>

char *volatile copy;

static void *idle(void *nothing) { return nothing; }

int main(void) {
  copy = strdup("forty characters that strdup must allocate");
  copy = strndup(copy, 20);
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  pthread_join(thread, NULL);
  return 0;
}
