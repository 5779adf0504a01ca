/*
 * late_frees.c: 1,500 threads, one after the other, each of which leaves a block that the C library
 * frees after the thread's last destructor (the text of an unknown error number).
 */
#include <pthread.h>
#include <string.h>

static void *work(void *argument) {
  char *volatile text = strerror(100000);
  (void)text;
  return argument;
}

int main(void) {
  for (int i = 0; i < 1500; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
  }
  return 0;
}
