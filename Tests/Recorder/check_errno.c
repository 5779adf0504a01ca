/*
 * check_errno.c: every call of the malloc family leaves the errno that strict_allocator.c, which
 * serves it, has set. In several threads, from changing depths, with threads that come and go.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int strict_errno; /* of strict_allocator.c */

static void expect_errno(const char *call) {
  if (errno == strict_errno) return;
  fprintf(stderr, "errno is %d after %s\n", errno, call);
  exit(1);
}

__attribute__((noinline)) static void at_depth(int depth) {
  if (depth > 0) {
    at_depth(depth - 1);
    __asm__ volatile(""); /* no tail call */
    return;
  }
  errno = 0;
  void *volatile block = malloc(100);
  expect_errno("malloc");
  errno = 0;
  block = realloc(block, 5000);
  expect_errno("realloc");
  free(block);
  errno = 0;
  block = calloc(3, 30);
  expect_errno("calloc");
  errno = 7;
  free(block);
  if (errno != 7) {
    fputs("free changed errno\n", stderr);
    exit(1);
  }
}

static void *work(void *seed) {
  for (int i = 0; i < 20000; i++) at_depth((int)((uintptr_t)seed + (uintptr_t)i) % 50);
  return NULL;
}

int main(void) {
  for (int round = 0; round < 5; round++) {
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  }
  return 0;
}
