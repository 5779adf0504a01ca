/*
 * processes.c: a parent that allocates 100 blocks of 11 bytes, forks a child that allocates 200
 * of 22 and execs nothing, and spawns itself as a third process with 300 of 33. Every process
 * leaks what it allocated.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void *volatile kept;

__attribute__((noinline)) static void leak(int count, size_t bytes) {
  for (int i = 0; i < count; i++) kept = malloc(bytes);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "spawned") == 0) {
    leak(300, 33);
    return 0;
  }
  leak(100, 11);
  pid_t forked = fork();
  if (forked == 0) {
    leak(200, 22);
    exit(0);
  }
  waitpid(forked, NULL, 0);
  char *arguments[] = {argv[0], "spawned", NULL};
  pid_t spawned;
  if (posix_spawn(&spawned, "/proc/self/exe", NULL, NULL, arguments, environ) != 0) return 1;
  waitpid(spawned, NULL, 0);
  return 0;
}
