/*
 * resident.c: a process of a given size that goes on mapping and unmapping a page, and says how
 * long these calls took. Usage: resident MEBIBYTES SECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MEBIBYTE ((size_t)1 << 20)
#define CALLS_MAX 1000000

static double waits[CALLS_MAX]; /* in microseconds */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static int compare(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  size_t mebibytes = strtoul(arguments[1], NULL, 10);
  for (size_t i = 0; i < mebibytes * 16; i++) memset(malloc(65000), 1, 65000);
  double end = now() + atof(arguments[2]) * 1e6;
  int calls = 0;
  while (calls < CALLS_MAX && now() < end) {
    double began = now();
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    waits[calls++] = now() - began;
    munmap(page, 4096);
    usleep(500); /* few enough to cost the recorder hardly anything */
  }
  qsort(waits, (size_t)calls, sizeof *waits, compare);
  printf("%d %.1f %.1f %.1f\n", calls, waits[calls / 2], waits[calls - calls / 1000 - 1],
         waits[calls - 1]);
}
