/*
 * tiny.c: `tiny THREADS BLOCKS BYTES`: threads with stacks of so many bytes (0: the least that
 * pthreads allow) that allocate at the same time, from some calls deep, and a handler on an
 * alternate stack that has 4 KB for it, and allocates, too. Prints how many blocks were made; exits
 * with 3.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long blocks, made;
static char signal_stack[16384];

__attribute__((noinline)) static void work(int depth) {
  if (depth > 0) {
    work(depth - 1);
    __asm__ volatile("");
    return;
  }
  void *volatile block = malloc(40);
  if (block != NULL) __atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
  free(block);
}

static void *run(void *argument) {
  for (long i = 0; i < blocks; i++) work((int)(i % 8));
  return argument;
}

static void handle(int signal) {
  (void)signal;
  work(0);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int threads = atoi(argv[1]);
  blocks = atol(argv[2]);
  size_t bytes = strtoul(argv[3], NULL, 10);
  stack_t alternate = {.ss_sp = signal_stack, .ss_size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 4096};
  if (alternate.ss_size > sizeof signal_stack) alternate.ss_size = sizeof signal_stack;
  sigaltstack(&alternate, NULL);
  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handle, .sa_flags = SA_ONSTACK}, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, bytes != 0 ? bytes : (size_t)PTHREAD_STACK_MIN);
  pthread_t *ids = calloc((size_t)threads, sizeof *ids);
  for (int i = 0; i < threads; i++) {
    if (pthread_create(&ids[i], &attributes, run, NULL) != 0) return 77;
    if (i % 16 == 0) raise(SIGUSR1);
  }
  for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  printf("%ld blocks\n", made);
  free(ids);
  return 3;
}
