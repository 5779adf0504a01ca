/* abrupt.c: leaks 12,345 blocks of 67 bytes, then ends at once in the way that its argument names.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void leak(void) {
  for (int i = 0; i < 12345; i++) kept = malloc(67);
}

int main(int argc, char **argv) {
  leak();
  const char *way = argc > 1 ? argv[1] : "";
  if (strcmp(way, "kill") == 0) raise(SIGKILL);
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "crash") == 0) raise(SIGSEGV);
  if (strcmp(way, "_exit") == 0) _exit(5);
  if (strcmp(way, "quick_exit") == 0) quick_exit(6);
  return 7;
}
