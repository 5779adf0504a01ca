/* Calls itself otherwise, as servers do, and so does its child: over the memory of its arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char **arguments;
static size_t room;

static void call_itself(const char *title) {
  memset(arguments[0], 0, room);
  strncpy(arguments[0], title, room - 1);
}

void *volatile kept, *volatile inherited;

__attribute__((noinline)) static void keep(size_t bytes) { kept = malloc(bytes); }

int main(int count, char **argv) {
  arguments = argv;
  room = (size_t)(argv[count - 1] + strlen(argv[count - 1]) + 1 - argv[0]);
  inherited = malloc(100);
  call_itself("titled: master");
  pid_t child = fork();
  if (child == 0) {
    call_itself("titled: worker");
    free(inherited);
    keep(5000);
    return 0;
  }
  keep(1000);
  int status;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}
