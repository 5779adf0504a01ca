/* Allocates, does to itself what programs do that shakes a recorder off, and allocates on: argv[1]
 * says what, argv[2] how many steps of work there are before and after. What it prints, and how it
 * ends, must not depend on whether it is traced. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEPT 4096
static void *kept[KEPT];
static unsigned long steps;

/* Sizes and lifetimes without a pattern, so that the trace grows. */
static __attribute__((noinline)) void work(unsigned long count) {
  static uint64_t state = 88172645463325252u;
  for (unsigned long i = 0; i < count; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    void **place = &kept[state % KEPT];
    free(*place);
    *place = malloc(1 + (state >> 32) % 2000);
    if (*place == NULL) printf("out of memory\n"), exit(9);
    memset(*place, 1, 1);
  }
}

static void say(const char *what, long result) {
  printf("%s: %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "");
}

static void limit(int resource, rlim_t value) {
  struct rlimit now;
  getrlimit(resource, &now);
  now.rlim_cur = value;
  say("setrlimit", setrlimit(resource, &now));
}

static void refuse(const unsigned *calls, size_t count) {
  struct sock_filter filter[16], *at = filter;
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < count; i++) {
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {(unsigned short)(at - filter), filter};
  say("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  say("seccomp", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* Goes on as another image of this program, which only works. */
static void become(char **argv) {
  char *next[] = {argv[0], "nothing", argv[2], NULL};
  execv("/proc/self/exe", next);
  say("execv", -1);
}

/* Every number that a descriptor can have is a file of the program's own, of known content. */
static void take_all_descriptors(void) {
  say("close_range", close_range(3, ~0u, 0));
  int own = open("own", O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int fd = 3; fd < 1024; fd++) {
    if (fd != own && dup2(own, fd) != fd) say("dup2", -1);
  }
  say("write", write(own, "mine", 4));
}

static void check_own_file(void) {
  struct stat status;
  char content[8] = "";
  if (stat("own", &status) != 0) return;
  int fd = open("own", O_RDONLY);
  if (fd < 0) fd = 3;
  printf("own file: %ld bytes, %s\n", (long)status.st_size,
         pread(fd, content, 4, 0) == 4 ? content : "unreadable");
}

static void *work_in_thread(void *count) {
  work((unsigned long)count);
  return NULL;
}

static void provoke(const char *what, char **argv) {
  static const unsigned opens[] = {SYS_open, SYS_openat, SYS_creat, SYS_openat2};
  static const unsigned clones[] = {SYS_clone, SYS_clone3};
  if (strcmp(what, "close") == 0) say("close_range", close_range(3, ~0u, 0));
  if (strcmp(what, "reuse") == 0) take_all_descriptors();
  if (strcmp(what, "nofile") == 0) limit(RLIMIT_NOFILE, 3), say("open", open("/", O_RDONLY));
  if (strcmp(what, "fsize") == 0) limit(RLIMIT_FSIZE, 64 << 10);
  if (strcmp(what, "chdir") == 0) say("chdir", chdir("/"));
  if (strcmp(what, "chroot") == 0) say("chroot", chroot("jail")), say("chdir", chdir("/"));
  if (strcmp(what, "rmdir") == 0) say("rm", system("rm -rf gone"));
  if (strcmp(what, "unshare") == 0) say("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
  if (strcmp(what, "newpid") == 0) say("unshare", unshare(CLONE_NEWUSER | CLONE_NEWPID));
  if (strcmp(what, "noopen") == 0) refuse(opens, 4), say("open", open("/", O_RDONLY));
  if (strcmp(what, "noclone") == 0) refuse(clones, 2), become(argv);
  if (strcmp(what, "nproc") == 0) {
    say("setuid", setuid(65534));
    limit(RLIMIT_NPROC, 1);
    become(argv);
  }
  if (strcmp(what, "thread") == 0) {
    pthread_t thread;
    say("pthread_create", pthread_create(&thread, NULL, work_in_thread, (void *)steps));
    pthread_join(thread, NULL);
  }
  if (strcmp(what, "fork") == 0) {
    pid_t child = fork();
    if (child == 0) {
      work(steps);
      exit(4);
    }
    int status;
    waitpid(child, &status, 0);
    printf("child: %d\n", WEXITSTATUS(status));
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 1;
  steps = strtoul(argv[2], NULL, 10);
  setvbuf(stdout, NULL, _IONBF, 0);
  work(steps);
  errno = 0;
  provoke(argv[1], argv);
  work(steps);
  check_own_file();
  printf("errno: %d\n", errno);
  return 3;
}
