/* failed_exec.c: up to 20 calls of exec that fail, while 16 threads allocate and free 20,000 blocks
 * each. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 16, STEPS = 20000 };
static atomic_int running = THREADS;

static void *work(void *argument) {
  for (int i = 0; i < STEPS; i++) {
    void *volatile block = malloc(10 + (size_t)i % 100);
    free(block);
    if (i % 1000 == 0) usleep(1000);
  }
  running--;
  return argument;
}

int main(void) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < 20 && running > 0; i++) {
    execl("/no/such/program", "program", (char *)NULL);
    usleep(1000);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  return 0;
}
