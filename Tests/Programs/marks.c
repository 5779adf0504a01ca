/* Marks around what it allocates, and from a signal handler; prints what a mark does to errno. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memtrace.h"

static void *volatile kept; /* so that no allocation is optimised away */

static void on_signal(int number) {
  (void)number;
  memtrace_mark("in a handler");
}

int main(void) {
  signal(SIGUSR1, on_signal);
  memtrace_mark("start");
  kept = malloc(1000);
  memtrace_mark("loaded \xc3\xa9");
  void *volatile brief = malloc(2000);
  free(brief);
  raise(SIGUSR1);
  errno = 42;
  memtrace_mark("end");
  memtrace_mark(NULL);
  int after = errno;
  char longer[600];
  memset(longer, 'x', sizeof longer);
  memcpy(longer + 254, "\xe2\x82\xac", 3); /* a character across the limit */
  longer[sizeof longer - 1] = '\0';
  memtrace_mark(longer);
  printf("errno %d\n", after);
  free(kept);
  return 0;
}
