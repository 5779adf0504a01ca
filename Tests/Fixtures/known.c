/*
 * known.c: the program whose trace is kept for every version of the format. It allocates from known
 * functions, in two threads one after the other, so that every number in the trace is known. Since
 * version 2.1 it says what it is doing.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#ifdef ALONE /* a search for the recorder that fails has blocks of its own */
#define memtrace_phase_begin(name) (void)0
#define memtrace_phase_end() (void)0
#define memtrace_snapshot(label) (void)0
#else
#include "memtrace.h"
#endif

static void *volatile kept;
static void *volatile passed;

__attribute__((noinline)) static void leak(void) {
  for (int i = 0; i < 7; i++) kept = malloc(100);
}

__attribute__((noinline)) static void temporary(void) {
  for (int i = 0; i < 1000; i++) {
    void *volatile block = malloc(64);
    free(block);
  }
}

__attribute__((noinline)) static void grow(void) {
  char *volatile block = NULL;
  for (size_t size = 1000; size <= 64000; size *= 2) block = realloc(block, size);
  free(block);
}

__attribute__((noinline)) static void aligned(void) {
  void *block = NULL;
  if (posix_memalign(&block, 256, 500) == 0) free(block);
  free(calloc(10, 30));
  free(memalign(64, 128));
}

static void *thread(void *argument) {
  temporary();
  free(passed);
  passed = malloc(333);
  return argument;
}

int main(void) {
  memtrace_phase_begin("start");
  leak();
  memtrace_phase_begin("loop");
  temporary();
  memtrace_phase_end();
  memtrace_phase_end();
  memtrace_snapshot("started");
  grow();
  aligned();
  passed = malloc(222);
  pthread_t other;
  if (pthread_create(&other, NULL, thread, NULL) != 0) return 1;
  pthread_join(other, NULL);
  free(passed);
  return 0;
}
