/* A timer's signals interrupt malloc and free, and hooks, each at another point; the handler forks.
 * The child goes back into what was interrupted and ends on its own. Prints how many children there
 * were, and how many did not end well. argv[1]: how many; argv[2]: "_Fork" or "fork". */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t _Fork(void);

static volatile int children, bad, wanted, raw, in_child;
static void *volatile sink;

static void work(int count) {
  for (int i = 0; i < count; i++) {
    void *block = malloc((size_t)(1 + i % 500));
    sink = block;
    free(block);
  }
}

static void set_alarm(void) {
  static unsigned random = 1;
  random = random * 1103515245u + 12345u;
  struct itimerval once = {{0, 0}, {0, 50 + random / 65536 % 500}};
  setitimer(ITIMER_REAL, &once, NULL);
}

static void on_alarm(int signal) {
  (void)signal;
  if (in_child || children >= wanted) return;
  int saved = errno;
  children++;
  pid_t child = raw ? _Fork() : fork();
  if (child == 0) {
    in_child = 1;
    return; /* into whatever was interrupted */
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) bad++;
  set_alarm();
  errno = saved;
}

int main(int argc, char **argv) {
  if (argc != 3) return 1;
  wanted = atoi(argv[1]);
  raw = strcmp(argv[2], "_Fork") == 0;
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  set_alarm();
  while (children < wanted) {
    work(1000);
    if (in_child) {
      work(10000); /* more than a ring holds */
      _exit(0);
    }
  }
  if (in_child) _exit(0);
  printf("%d children, %d bad\n", children, bad);
  return 0;
}
