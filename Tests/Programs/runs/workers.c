// What grows in a run of several processes. Two workers run to the end: each keeps a little more
// every millisecond. All the while short children come and go that leave all they have; what they
// keep is not growth, for they end.
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double seconds = 2.5;
static double start;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((noinline)) static void leak(size_t bytes) {
  void *volatile kept = malloc(bytes);
  (void)kept;
}

__attribute__((noinline)) static void leave(size_t bytes) {
  void *volatile kept = malloc(bytes);
  (void)kept;
}

static void work(size_t bytes) {
  while (now() < start + seconds) {
    leak(bytes);
    usleep(1000);
  }
  _exit(0);
}

int main(void) {
  start = now();
  if (fork() == 0) work(500);
  if (fork() == 0) work(1500);
  while (now() < start + seconds) {
    if (fork() == 0) {
      leave(100000);
      usleep(20000);
      _exit(0);
    }
    usleep(50000);
  }
  while (wait(NULL) > 0) continue;
  return 0;
}
