/*
 * short: forks a child that allocates so many blocks of 1,000 bytes and then ends in one way.
 *
 *   short BLOCKS WAY
 *     exit, now (_exit), abort, kill (itself)
 *     exec      becomes the program /bin/true
 *     missing   fails to become one that is not there, allocates once more, and exits
 *     late      waits for 30 ms, allocates once more, and kills itself
 *     thread    has a second thread allocate once, and kills itself
 *
 * Exits with what waitpid(2) says, in a shell's way: 128 and the signal's number, or the status.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void *volatile kept;

static void allocate(void) { kept = malloc(1000); }

static void *in_thread(void *unused) {
  allocate();
  return unused;
}

static void end(const char *way) {
  pthread_t thread;
  if (strcmp(way, "exit") == 0) exit(3);
  if (strcmp(way, "now") == 0) _exit(4);
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "exec") == 0) execl("/bin/true", "true", (char *)NULL);
  if (strcmp(way, "missing") == 0) {
    execl("/nowhere", "nowhere", (char *)NULL);
    allocate();
    exit(5);
  }
  if (strcmp(way, "late") == 0) {
    usleep(30000);
    allocate();
  }
  if (strcmp(way, "thread") == 0) {
    if (pthread_create(&thread, NULL, in_thread, NULL) != 0) _exit(9);
    pthread_join(thread, NULL);
  }
  kill(getpid(), SIGKILL);
}

int main(int count, char **arguments) {
  if (count != 3) return 9;
  allocate();
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < atoi(arguments[1]); i++) allocate();
    end(arguments[2]);
    _exit(9);
  }
  int status;
  if (waitpid(child, &status, 0) != child) return 9;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
