/*
 * counterless.c: a program that has been quiet for a while gives up the processor's cycle counter,
 * and whoever reads it from then on dies. `counterless HOW STEPS`: by PR_SET_TSC (tsc), which a
 * child inherits, or by seccomp's strict mode (strict). STEPS blocks come after that.
 */
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void work(int steps) {
  for (int i = 0; i < steps; i++) {
    void *volatile block = malloc(100);
    free(block);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int steps = atoi(argv[2]), status = 0;
  work(1);
  usleep(60000);
  if (strcmp(argv[1], "tsc") == 0) {
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    if (fork() == 0) {
      work(steps);
      _exit(7);
    }
    wait(&status);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) return 3;
  } else {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  }
  work(steps);
  if (write(STDOUT_FILENO, "done\n", 5) != 5) return 4;
  syscall(SYS_exit, 5);
}
