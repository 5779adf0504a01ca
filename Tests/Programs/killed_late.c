/*
 * killed_late.c: a child that allocates, does nothing for so many milliseconds, and is killed; its
 * parent waits for it meanwhile. `killed_late MILLISECONDS` prints the child's pid, and how many
 * nanoseconds it lived after its first allocation.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  uint64_t *times = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (times == MAP_FAILED) abort();
  pid_t child = fork();
  if (child == 0) {
    times[0] = now();
    void *volatile block = malloc(100);
    (void)block;
    struct timespec pause = {0, atol(argv[1]) * 1000000};
    nanosleep(&pause, NULL);
    times[1] = now();
    kill(getpid(), SIGKILL);
  }
  waitpid(child, NULL, 0);
  printf("%d %llu\n", (int)child, (unsigned long long)(times[1] - times[0]));
  return 0;
}
