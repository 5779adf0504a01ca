/* Runs ./child in one way after the other: fork and exec, vfork and exec, posix_spawn, system,
 * popen; and a child that goes on in this program. Each way's child allocates. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
void *volatile kept;

int main(void) {
  char *argv[] = {"./child", NULL};
  kept = malloc(1000);
  pid_t child = fork();
  if (child == 0) execv(argv[0], argv), _exit(9);
  waitpid(child, NULL, 0);
  child = vfork();
  if (child == 0) execv(argv[0], argv), _exit(9);
  waitpid(child, NULL, 0);
  if (posix_spawn(&child, argv[0], NULL, NULL, argv, environ) == 0) waitpid(child, NULL, 0);
  if (system("./child; ./child") != 0) return 1;
  FILE *pipe = popen("./child", "r");
  if (pipe == NULL || pclose(pipe) != 0) return 1;
  child = fork();
  if (child == 0) {
    kept = malloc(2000);
    exit(0);
  }
  waitpid(child, NULL, 0);
  return 0;
}
