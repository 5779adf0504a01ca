/* Allocations that the C library makes under names of its own. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *volatile copy;

static void *idle(void *nothing) { return nothing; }

int main(void) {
  copy = strdup("forty characters that strdup must allocate");
  copy = strndup(copy, 20);
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  pthread_join(thread, NULL);
  if (fopen("/proc/self/status", "r") == NULL || opendir("/") == NULL) return 1;
  return setenv("A_NEW_NAME", "with a value", 1);
}
