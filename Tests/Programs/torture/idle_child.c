/* idle_child.c: leaks a block, forks a child that never allocates and ends when its input does,
 * says so, and is killed. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;

int main(void) {
  char byte;
  kept = malloc(123);
  pid_t child = fork();
  if (child == 0) return read(0, &byte, 1) == 0 ? 0 : 1;
  if (child < 0 || write(1, "forked\n", 7) != 7) return 1;
  return raise(SIGKILL);
}
