/*
 * core_harness.c LIBRARY: the recorder's core in one program, for the sanitizers: linked, not
 * preloaded, and told of blocks by functions that do what the hooks of the malloc family do.
 * Threads come and go, allocate from changing depths, release each other's blocks, reallocate, set
 * marks; one of them opens and closes LIBRARY. Prints how many allocations and releases there were.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/atomics.h"
#include "hooks/moments.h"
#include "hooks/record.h"
#include "process/options.h"
#include "recorder.h"

enum { THREADS = 4, GENERATIONS = 3, ROUNDS = 6000, EXCHANGED = 512, LIBRARY_ROUNDS = 200 };

static uint64_t allocations, releases;
static void *exchanged[EXCHANGED];

/* ---- As the hooks do ---- */

static __attribute__((noinline)) void *allocate(size_t bytes) {
  void *block = malloc(bytes);
  mt_record_allocation(block, bytes, __builtin_frame_address(0));
  mt_add_relaxed(&allocations, 1);
  return block;
}

static __attribute__((noinline)) void release(void *block) {
  if (block == NULL) return;
  mt_record_release(block, __builtin_frame_address(0));
  mt_add_relaxed(&releases, 1);
  free(block);
}

static __attribute__((noinline)) void *reallocate(void *old, size_t bytes) {
  uintptr_t address = (uintptr_t)old; /* of a block that may be gone afterwards */
  bool begun = mt_record_realloc_begin(old, __builtin_frame_address(0));
  void *block = realloc(old, bytes);
  if (block == NULL) {
    mt_record_realloc_failed((const void *)address, begun, __builtin_frame_address(0));
    return old;
  }
  mt_record_realloc_end(block, bytes, __builtin_frame_address(0));
  mt_add_relaxed(&releases, 1);
  mt_add_relaxed(&allocations, 1);
  return block;
}

/* ---- The work ---- */

static __attribute__((noinline)) void at_depth(unsigned depth, unsigned random) {
  if (depth > 0) {
    at_depth(depth - 1, random);
    __asm__ volatile(""); /* no tail call */
    return;
  }
  void *block = allocate(random % 5000);
  if (random % 7 == 0) block = reallocate(block, random % 300 + 1);
  if (random % 11 == 0) block = reallocate(block, SIZE_MAX / 2);
  release(mt_exchange_acq_rel(&exchanged[random % EXCHANGED], block));
}

static void *work(void *seed) {
  unsigned random = (unsigned)(uintptr_t)seed * 7919 + 1;
  for (int i = 0; i < ROUNDS; i++) {
    random = random * 1103515245 + 12345;
    at_depth(random >> 8 & 31, random >> 4);
    if (i % 1000 == 0) mt_moment_mark("a thousand more", __builtin_frame_address(0));
  }
  return NULL;
}

/* Blocks at addresses that no word can hold: of the largest address space, and at its border. */
static __attribute__((noinline)) void far_blocks(void) {
  static const uintptr_t places[] = {UINT64_C(1) << 47, (UINT64_C(1) << 56) - 4096};
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 2; i++) {
      const void *block = (const void *)(places[i] + round * 64);
      size_t bytes = round == 0 ? SIZE_MAX / 4096 : 100;
      mt_record_allocation(block, bytes, __builtin_frame_address(0));
      bool begun = mt_record_realloc_begin(block, __builtin_frame_address(0));
      mt_record_realloc_failed(block, begun, __builtin_frame_address(0));
      mt_record_release(block, __builtin_frame_address(0));
    }
  }
  mt_add_relaxed(&allocations, 6);
  mt_add_relaxed(&releases, 6);
}

static void *open_and_close(void *path) {
  for (int i = 0; i < LIBRARY_ROUNDS; i++) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) abort();
    release(allocate(10));
    dlclose(library);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  mt_options_read(environ);
  const char *reason = mt_recorder_start(NULL, false);
  if (reason != NULL) {
    fprintf(stderr, "cannot record: %s\n", reason);
    return 1;
  }
  far_blocks();
  for (uintptr_t generation = 0; generation < GENERATIONS; generation++) {
    pthread_t threads[THREADS], opener;
    for (uintptr_t i = 0; i < THREADS; i++)
      pthread_create(&threads[i], NULL, work, (void *)(generation * THREADS + i));
    pthread_create(&opener, NULL, open_and_close, argv[1]);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    pthread_join(opener, NULL);
  }
  far_blocks();
  mt_recorder_finish(MT_END_EXIT, 0);
  printf("%lu %lu\n", (unsigned long)allocations, (unsigned long)releases);
  return 0;
}
