/* Ends by the exit of its last thread, without a word to the C library; argv[1] says who is the
 * last: `main` alone; a `thread` after it; or main by `syscall`. Each by another number. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *volatile kept;

static __attribute__((noinline)) void work(void) {
  for (int i = 0; i < 1000; i++) kept = malloc(100);
}

static void leave(long status) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_exit), "D"(status) : "rcx", "r11", "memory");
}

static void *go_on(void *unused) {
  usleep(50000);
  work();
  syscall(SYS_exit, 5);
  return unused;
}

int main(int argc, char **argv) {
  const char *way = argc > 1 ? argv[1] : "main";
  work();
  if (strcmp(way, "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, go_on, NULL);
  }
  if (strcmp(way, "syscall") == 0) syscall(SYS_exit, 4);
  if (strcmp(way, "group") == 0) syscall(SYS_exit_group, 6);
  leave(3);
}
