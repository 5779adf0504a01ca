/*
 * Ends in a way that the C library is not told of, after 1,000 blocks of 100 bytes:
 *   raw: exit_group by a system call, status 3      thread: the same from another thread
 *   fault: a store to address 0                      wild: a jump to an address without code
 *   abort_late: SIGABRT with its handler reset      stop: SIGKILL from itself
 *   CHILD:WAY: a child ends in that way, by CHILD one of fork, spawn; the parent waits for it by
 *   waitpid, wait4 or waitid in turn, and exits with 0.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
void *volatile kept;

static void *leave(void *unused) {
  long number = SYS_exit_group; /* libc's syscall would be noticed */
  __asm__ volatile("syscall" : "+a"(number) : "D"(3L) : "rcx", "r11", "memory");
  return unused;
}

static void end(const char *way) {
  for (int i = 0; i < 1000; i++) kept = malloc(100);
  if (strcmp(way, "raw") == 0) leave(NULL);
  if (strcmp(way, "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, leave, NULL);
    pthread_join(thread, NULL);
  }
  if (strcmp(way, "fault") == 0) *(volatile int *)0 = 1;
  if (strcmp(way, "wild") == 0) ((void (*)(void))(size_t)16)();
  if (strcmp(way, "abort_late") == 0) signal(SIGABRT, SIG_DFL), kill(getpid(), SIGABRT);
  if (strcmp(way, "stop") == 0) kill(getpid(), SIGKILL);
  exit(9);
}

static int collect(pid_t child, int how) {
  int status = 0;
  struct rusage usage;
  siginfo_t information;
  switch (how % 3) {
    case 0:
      return waitpid(child, &status, 0) == child && WIFSIGNALED(status);
    case 1:
      return wait4(child, NULL, 0, &usage) == child;
    default:
      return waitid(P_PID, (id_t)child, &information, WEXITED) == 0 &&
             information.si_code != CLD_EXITED;
  }
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  char *way = strchr(arguments[1], ':');
  if (way == NULL) end(arguments[1]);
  *way++ = '\0';
  int ended = 0;
  for (int i = 0; i < 3; i++) {
    pid_t child;
    if (strcmp(arguments[1], "fork") == 0) {
      child = fork();
      if (child == 0) end(way);
    } else {
      char *argv[] = {arguments[0], way, NULL};
      if (posix_spawn(&child, arguments[0], NULL, NULL, argv, environ) != 0) return 2;
    }
    ended += collect(child, i);
  }
  printf("%d children ended so\n", ended);
  return 0;
}
