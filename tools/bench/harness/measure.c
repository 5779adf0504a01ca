/*
 * measure: runs one program and writes down what that program alone has used. Profilers wrap a
 * program in shells, compressors and readers; this stands directly above the program, below all
 * of them. It is linked statically, so that a preloaded library passes through it unnoticed.
 *
 *   measure RESULT STDOUT PROGRAM [ARGUMENT …]
 *
 * RESULT receives one line: wall nanoseconds, user and system microseconds, peak resident KiB.
 * STDOUT receives the program's standard output, apart from what a wrapper may print. The exit
 * code is the program's, or 128 and its signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CANNOT_MEASURE = 125, EXIT_CANNOT_RUN = 127 };

static long long monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time) {
  return time.tv_sec * 1000000LL + time.tv_usec;
}

static int complain(const char *what) {
  fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
  return EXIT_CANNOT_MEASURE;
}

static void become(char **arguments, const char *stdout_path) {
  int output = open(stdout_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (output < 0 || dup2(output, STDOUT_FILENO) < 0) _exit(complain(stdout_path));
  execvp(arguments[0], arguments);
  complain(arguments[0]);
  _exit(EXIT_CANNOT_RUN);
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: measure RESULT STDOUT PROGRAM [ARGUMENT ...]\n");
    return EXIT_CANNOT_MEASURE;
  }
  long long start = monotonic_nanoseconds();
  /* vfork: the child must not inherit a copy of our pages, which would count as its peak. */
  pid_t child = vfork();
  if (child < 0) return complain("vfork");
  if (child == 0) become(arguments + 3, arguments[2]);

  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return complain("wait4");
  }
  long long wall = monotonic_nanoseconds() - start;

  FILE *result = fopen(arguments[1], "w");
  if (!result) return complain(arguments[1]);
  fprintf(result, "%lld %lld %lld %ld\n", wall, microseconds(usage.ru_utime),
          microseconds(usage.ru_stime), usage.ru_maxrss);
  if (fclose(result) != 0) return complain(arguments[1]);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
