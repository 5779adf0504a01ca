/*
 * signals.c: `signals WAY MILLISECONDS THREADS`: threads that allocate and free, interrupted by a
 * timer of their own up to 20,000 times a second. For use with the allocator of bump.c. The
 * handler, nested    allocates and frees, stack     does so on an alternate stack, jump      leaves
 * by siglongjmp, also out of the middle of an allocation, leap      does so from an alternate
 * stack, dive      allocates there until another one interrupts it, which leaps. Prints blocks
 * begun and completed by the threads, begun and completed by handlers, and how often a handler ran.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 16, PERIOD_NS = 50000 };

struct tally {
  volatile long begun, completed, handler_begun, handler_completed, handled;
};

static struct tally tallies[THREADS_MAX];
static __thread struct tally *tally;
static __thread sigjmp_buf restart;
static __thread timer_t timer;
static __thread volatile bool dived;
static bool jumps, allocates, alternate, dives;
static double seconds;

/* Eight deep, so that the stack which a handler interrupts is not always the same. */
__attribute__((noinline)) static void works(int depth) {
  if (depth > 0) {
    works(depth - 1);
    __asm__ volatile("");
    return;
  }
  tally->begun++;
  void *volatile block = malloc(40);
  tally->completed++;
  free(block);
}

static void set_timer(void) {
  struct itimerspec period = {.it_interval.tv_nsec = jumps ? 0 : PERIOD_NS,
                              .it_value.tv_nsec = PERIOD_NS};
  timer_settime(timer, 0, &period, NULL);
}

__attribute__((noinline)) static void handler_allocates(void) {
  tally->handler_begun++;
  void *volatile block = malloc(50);
  tally->handler_completed++;
  free(block);
}

/* Allocates until it is interrupted in its turn. */
_Noreturn static void dive(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  dived = true;
  set_timer();
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  for (;;) handler_allocates();
}

__attribute__((noinline)) static void handles(int signal) {
  tally->handled++;
  if (dives && !dived) dive(signal);
  if (allocates) handler_allocates();
  if (jumps) siglongjmp(restart, 1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void *run(void *argument) {
  tally = argument;
  if (alternate) {
    static __thread char stack[64 << 10];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  }
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
  event._sigev_un._tid = gettid();
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  volatile unsigned depth = 0;
  const double end = now() + seconds;
  sigsetjmp(restart, 1);
  dived = false;
  set_timer(); /* anew after each jump: time passes between signals however slow the machine is */
  while (now() < end) {
    for (int i = 0; i < 100; i++) works((int)(depth++ % 8));
  }
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  dives = strcmp(argv[1], "dive") == 0;
  jumps = strcmp(argv[1], "jump") == 0 || strcmp(argv[1], "leap") == 0 || dives;
  allocates = !jumps;
  alternate = strcmp(argv[1], "stack") == 0 || strcmp(argv[1], "leap") == 0 || dives;
  seconds = atof(argv[2]) / 1000;
  int threads = atoi(argv[3]);
  struct sigaction action = {.sa_handler = handles, .sa_flags = alternate ? SA_ONSTACK : 0};
  sigaction(SIGRTMIN, &action, NULL);
  pthread_t ids[THREADS_MAX];
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, run, &tallies[i]);
  struct tally sum = {0};
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    sum.begun += tallies[i].begun;
    sum.completed += tallies[i].completed;
    sum.handler_begun += tallies[i].handler_begun;
    sum.handler_completed += tallies[i].handler_completed;
    sum.handled += tallies[i].handled;
  }
  printf("%ld %ld %ld %ld %ld\n", sum.begun, sum.completed, sum.handler_begun,
         sum.handler_completed, sum.handled);
  return 0;
}
