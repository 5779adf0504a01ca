// Processes that hold memory at the same time and one after the other. The first one keeps 1 MB.
// Two children hold 3 MB and 2 MB together and free them; then a third holds 4 MB and leaves it.
// Together they hold 6 MB at most, while their own peaks are 10 MB in sum. Between the steps the
// recorder's clock goes on. With an argument the third child's part is that many times as large.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const unsigned step_microseconds = 80000;

__attribute__((noinline)) static char *hold(size_t bytes) {
  char *block = malloc(bytes);
  if (block == NULL) abort();
  block[0] = 1;
  return block;
}

__attribute__((noinline)) static void turn(void) {
  for (int index = 0; index < 100; index++) {
    char *volatile block = malloc(50);
    free(block);
  }
}

int main(int count, char **arguments) {
  size_t factor = count > 1 ? (size_t)atoi(arguments[1]) : 1;
  char *volatile kept = hold(1000000);
  for (int child = 0; child < 2; child++) {
    if (fork() == 0) {
      turn();
      char *block = hold(child == 0 ? 3000000 : 2000000);
      usleep(4 * step_microseconds);
      free(block);
      _exit(0);
    }
  }
  while (wait(NULL) > 0) continue;
  usleep(step_microseconds);
  if (fork() == 0) {
    kept = hold(4000000 * factor);
    usleep(2 * step_microseconds);
    _exit(0);
  }
  while (wait(NULL) > 0) continue;
  usleep(step_microseconds);
  return kept == NULL;
}
