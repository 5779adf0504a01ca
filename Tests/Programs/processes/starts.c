/* Starts a program in one of the ways that there are: starts WAY PROGRAM. Ends as that one does. */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int end_of(pid_t child) {
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child) return 99;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

__attribute__((noinline)) static int by_fork(char **words) {
  pid_t child = fork();
  if (child == 0) _exit(execv(words[0], words) == 0 ? 0 : errno);
  return end_of(child);
}

__attribute__((noinline)) static int by_vfork(char **words) {
  pid_t child = vfork();
  if (child == 0) _exit(execve(words[0], words, environ) == 0 ? 0 : 96);
  return end_of(child);
}

__attribute__((noinline)) static int by_path(char **words) {
  pid_t child = vfork();
  if (child == 0) _exit(execvp(words[0], words) == 0 ? 0 : 96);
  return end_of(child);
}

__attribute__((noinline)) static int by_spawn(char **words) {
  pid_t child;
  return posix_spawn(&child, words[0], NULL, NULL, words, environ) == 0 ? end_of(child) : 95;
}

__attribute__((noinline)) static int by_spawn_path(char **words) {
  pid_t child;
  return posix_spawnp(&child, words[0], NULL, NULL, words, environ) == 0 ? end_of(child) : 95;
}

/* Every other one of a hundred fails. */
static int many(char **words) {
  char *missing[] = {"/nowhere/at/all", NULL};
  int status = 0;
  for (int i = 0; i < 100; i++) {
    if (i % 2 == 0) {
      status = by_vfork(words);
    } else {
      by_vfork(missing);
    }
  }
  return status;
}

int main(int count, char **argv) {
  if (count < 3) return 97;
  const char *way = argv[1];
  char *words[] = {argv[2], NULL}, *nothing[] = {NULL};
  if (strcmp(way, "exec") == 0) execv(words[0], words);
  if (strcmp(way, "list") == 0) execl(words[0], words[0], (char *)NULL);
  if (strcmp(way, "bare") == 0) execve(words[0], words, nothing);
  if (strcmp(way, "fork") == 0) return by_fork(words);
  if (strcmp(way, "vfork") == 0) return by_vfork(words);
  if (strcmp(way, "path") == 0) return by_path(words);
  if (strcmp(way, "spawn") == 0) return by_spawn(words);
  if (strcmp(way, "spawnp") == 0) return by_spawn_path(words);
  if (strcmp(way, "many") == 0) return many(words);
  return 94;
}
