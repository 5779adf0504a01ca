/*
 * spawns.c: `spawns WAY`: ways to make a process other than plain fork. Every process leaks blocks
 * under a function of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void *volatile kept;

static inline __attribute__((always_inline)) void leak(int count, size_t bytes) {
  for (int i = 0; i < count; i++) kept = malloc(bytes);
}

__attribute__((noinline)) static void parents_leak(void) { leak(100, 11); }
__attribute__((noinline)) static void childs_leak(void) { leak(200, 22); }
__attribute__((noinline)) static void images_leak(void) { leak(300, 33); }
__attribute__((noinline)) static void handlers_leak(void) { leak(400, 44); }

static char *image[] = {"/proc/self/exe", "image", NULL};

static int wait_for(pid_t pid) {
  int status = -1;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return 1;
  return status;
}

static int by_vfork(void) {
  pid_t pid = vfork();
  if (pid == 0) {
    childs_leak();
    _exit(0);
  }
  return wait_for(pid);
}

static int by_vfork_and_exec(void) {
  pid_t pid = vfork();
  if (pid == 0) {
    childs_leak();
    execv(image[0], image);
    _exit(9);
  }
  return wait_for(pid);
}

/* The exec fails: the child goes on, still in its parent's memory. */
static int by_vfork_and_failed_exec(void) {
  pid_t pid = vfork();
  if (pid == 0) {
    execv("/no/such/program", image);
    childs_leak();
    _exit(0);
  }
  return wait_for(pid);
}

static int by_spawn(void) {
  pid_t pid = -1;
  if (posix_spawn(&pid, image[0], NULL, NULL, image, environ) != 0) return 1;
  return wait_for(pid);
}

static int run_clone(void *unused) {
  (void)unused;
  childs_leak();
  _exit(0);
}

static int by_clone(void) {
  size_t bytes = 1 << 20;
  char *stack =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  return wait_for(clone(run_clone, stack + bytes, CLONE_VM | SIGCHLD, NULL));
}

/* As daemons do: nothing of the parent's is left but the memory. */
static int by_daemon(void) {
  int ends[2];
  char done;
  if (pipe(ends) != 0) return 1;
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    if (chdir("/") != 0) _exit(9);
    if (dup2(ends[1], 0) != 0) _exit(8);
    close_range(1, ~0u, 0);
    childs_leak();
    exit(0); /* closes the pipe when all is done */
  }
  close(ends[1]);
  int status = wait_for(pid);
  return read(ends[0], &done, 1) == 0 ? status : 2;
}

static int by_fork_with_handlers(void) {
  pthread_atfork(handlers_leak, handlers_leak, handlers_leak);
  pid_t pid = fork();
  if (pid == 0) {
    childs_leak();
    exit(0);
  }
  return wait_for(pid);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*go)(void);
  } ways[] = {
      {"vfork", by_vfork},
      {"vfork_exec", by_vfork_and_exec},
      {"vfork_failed_exec", by_vfork_and_failed_exec},
      {"spawn", by_spawn},
      {"clone", by_clone},
      {"daemon", by_daemon},
      {"handlers", by_fork_with_handlers},
  };
  if (argc != 2) return 2;
  if (strcmp(argv[1], "image") == 0) {
    images_leak();
    return 0;
  }
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    if (strcmp(argv[1], ways[i].name) != 0) continue;
    int status = ways[i].go();
    parents_leak(); /* the parent records on */
    return status;
  }
  return 2;
}
