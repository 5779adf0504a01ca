/* Runs for ten seconds at most, allocating now and then, until it is told to end by a file; its
 * argument says what else it does first. Prints what a program could notice of the recorder. */
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void *recorded(size_t bytes) { return malloc(bytes); }

static int count_descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count;
}

/* Sockets are death. For all threads, the recorder's too, if so asked. */
static void forbid_sockets(unsigned flags) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_accept4, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

int main(int count, char **arguments) {
  const char *does = count > 1 ? arguments[1] : "";
  if (strcmp(does, "exec") == 0) execl(arguments[0], arguments[0], "again", NULL);
  if (strcmp(does, "closes") == 0) {
    for (int fd = 3; fd < 1024; fd++) close(fd);
  }
  if (strncmp(does, "filter", 6) == 0) usleep(300000); /* the recorder has its socket by then */
  if (strcmp(does, "filter") == 0) forbid_sockets(0);
  if (strcmp(does, "filter-all") == 0) forbid_sockets(SECCOMP_FILTER_FLAG_TSYNC);
  if (strcmp(does, "filter-exec") == 0) {
    forbid_sockets(0);
    execl(arguments[0], arguments[0], "again", NULL);
  }
  if (strcmp(does, "drops") == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 3;
  if (strcmp(does, "forks") == 0) {
    pid_t child = fork();
    if (child > 0) {
      printf("%d\n", (int)child);
      fflush(stdout);
    }
  }
  for (int i = 0; i < 500 && access("end", F_OK) != 0; i++) {
    kept = recorded(1000);
    usleep(20000);
    free(kept);
  }
  while (wait(NULL) > 0) {
  }
  if (strcmp(does, "forks") != 0)
    printf("%d descriptors, errno %d\n", count_descriptors(), ECHILD == errno);
  return 5;
}
