/* Gives up rights in the ways that its arguments name, one after the other, and allocates in
 * between. Prints the rights of its first thread; then waits a moment and says which of its tasks
 * may do more, as /proc has it.
 *
 * Ways: setuid setgid … by libc's functions; syscall:setuid … by `syscall`; inline:setuid … by no
 * function of libc's, which is noticed within 20 ms. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define SECBITS (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

int capset(cap_user_header_t header, const cap_user_data_t data);

static __attribute__((noinline)) void work(int count) {
  for (int i = 0; i < count; i++) {
    void *volatile block = malloc(50);
    free(block);
  }
}

static long inline_call(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}

typedef long caller(long number, long a, long b, long c, long d, long e);
static long by_syscall(long number, long a, long b, long c, long d, long e) {
  return syscall(number, a, b, c, d, e, 0);
}

static struct sock_filter instructions[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_fprog filter = {4, instructions};
/* Kills who calls what this program does not: for capabilities, groups, the file system's user, and
 * for another filter by seccomp(2). */
static struct sock_filter cage_instructions[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_capset, 3, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setgroups, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setfsuid, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_fprog cage = {7, cage_instructions};
/* Kills who starts a thread, but not who forks. */
static struct sock_filter threadless_instructions[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_fprog threadless = {6, threadless_instructions};
static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
/* All that is left: to bind low ports. */
static struct __user_cap_data_struct data[2] = {
    {1 << CAP_NET_BIND_SERVICE, 1 << CAP_NET_BIND_SERVICE, 0}, {0, 0, 0}};
static gid_t groups[] = {1, 2, 3};

static long by_number(caller *call, const char *way) {
#define WAY(name, number, ...) \
  if (strcmp(way, name) == 0) return call(number, __VA_ARGS__)
  WAY("setuid", SYS_setuid, NOBODY, 0, 0, 0, 0);
  WAY("setreuid", SYS_setreuid, NOBODY, NOBODY, 0, 0, 0);
  WAY("setresuid", SYS_setresuid, NOBODY, NOBODY, NOBODY, 0, 0);
  WAY("setfsuid", SYS_setfsuid, NOBODY, 0, 0, 0, 0);
  WAY("setgid", SYS_setgid, NOBODY, 0, 0, 0, 0);
  WAY("setregid", SYS_setregid, NOBODY, NOBODY, 0, 0, 0);
  WAY("setresgid", SYS_setresgid, NOBODY, NOBODY, NOBODY, 0, 0);
  WAY("setfsgid", SYS_setfsgid, NOBODY, 0, 0, 0, 0);
  WAY("setgroups", SYS_setgroups, 3, (long)groups, 0, 0, 0);
  WAY("capset", SYS_capset, (long)&header, (long)data, 0, 0, 0);
  WAY("bounding", SYS_prctl, PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0);
  WAY("nonewprivs", SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  WAY("seccomp", SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&filter, 0, 0);
  WAY("tsync", SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (long)&filter, 0,
      0);
  WAY("securebits", SYS_prctl, PR_SET_SECUREBITS, SECBITS, 0, 0, 0);
  WAY("unshare", SYS_unshare, CLONE_NEWNS, 0, 0, 0, 0);
#undef WAY
  return -1000;
}

static long by_function(const char *way) {
  if (strcmp(way, "setuid") == 0) return setuid(NOBODY);
  if (strcmp(way, "seteuid") == 0) return seteuid(NOBODY);
  if (strcmp(way, "back") == 0) return seteuid(0);
  if (strcmp(way, "setreuid") == 0) return setreuid(NOBODY, NOBODY);
  if (strcmp(way, "setresuid") == 0) return setresuid(NOBODY, NOBODY, NOBODY);
  if (strcmp(way, "setfsuid") == 0) return setfsuid(NOBODY);
  if (strcmp(way, "setgid") == 0) return setgid(NOBODY);
  if (strcmp(way, "setegid") == 0) return setegid(NOBODY);
  if (strcmp(way, "setregid") == 0) return setregid(NOBODY, NOBODY);
  if (strcmp(way, "setresgid") == 0) return setresgid(NOBODY, NOBODY, NOBODY);
  if (strcmp(way, "setfsgid") == 0) return setfsgid(NOBODY);
  if (strcmp(way, "setgroups") == 0) return setgroups(0, NULL);
  if (strcmp(way, "initgroups") == 0) return initgroups("nobody", NOBODY);
  if (strcmp(way, "capset") == 0) return capset(&header, data);
  if (strcmp(way, "bounding") == 0) return prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0);
  if (strcmp(way, "nonewprivs") == 0) return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (strcmp(way, "seccomp") == 0) return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
  if (strcmp(way, "cage") == 0) return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &cage);
  if (strcmp(way, "threadless") == 0)
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &threadless);
  if (strcmp(way, "unshare") == 0) return unshare(CLONE_NEWNS);
  if (strcmp(way, "securebits") == 0) return prctl(PR_SET_SECUREBITS, SECBITS);
  if (strcmp(way, "fails") == 0) return setuid((uid_t)-1);
  return -1000;
}

static void *rest(void *unused) {
  pause();
  return unused;
}

/* The task beside the first one; 0 if there is none. */
static long other_task(void) {
  long found = 0;
  DIR *tasks = opendir("/proc/self/task");
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    if (entry->d_name[0] != '.' && atol(entry->d_name) != getpid()) found = atol(entry->d_name);
  }
  closedir(tasks);
  return found;
}

/* The lines of a status file that say what a task may do, and where it is. */
static void rights_of(const char *task, char *text, size_t bytes) {
  char path[300], line[4096];
  size_t length = 0;
  snprintf(path, sizeof path, "/proc/self/task/%s/status", task);
  FILE *file = fopen(path, "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    static const char *const names[] = {"Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "Seccomp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      if (strncmp(line, names[i], strlen(names[i])) == 0)
        length += (size_t)snprintf(text + length, bytes - length, "%s", line);
    }
  }
  if (file != NULL) fclose(file);
  static const char *const spaces[] = {"mnt", "user", "net"};
  for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
    struct stat status;
    snprintf(path, sizeof path, "/proc/self/task/%s/ns/%s", task, spaces[i]);
    if (stat(path, &status) == 0)
      length +=
          (size_t)snprintf(text + length, bytes - length, "%s %lu\n", spaces[i], status.st_ino);
  }
}

static int compare_tasks(int says) {
  char first[8192] = "", other[8192], own[32];
  int different = 0;
  snprintf(own, sizeof own, "%d", getpid());
  rights_of(own, first, sizeof first);
  DIR *tasks = opendir("/proc/self/task");
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    rights_of(entry->d_name, other, sizeof other);
    if (strcmp(first, other) == 0) continue;
    different = 1;
    if (says) printf("another task differs:\n%s\nfrom the first one:\n%s\n", other, first);
  }
  closedir(tasks);
  return different;
}

static void give_up(const char *way) {
  long result, before = other_task();
  if (strncmp(way, "syscall:", 8) == 0) {
    result = by_number(by_syscall, way + 8);
  } else if (strncmp(way, "inline:", 7) == 0) {
    result = by_number(inline_call, way + 7);
    for (int i = 0; i < 100 && compare_tasks(0); i++) usleep(20000); /* on a busy machine */
  } else if (strcmp(way, "thread") == 0) {
    pthread_t thread;
    result = pthread_create(&thread, NULL, rest, NULL);
  } else if (strcmp(way, "fork") == 0) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
      work(1000);
      _exit(0);
    }
    result = waitpid(child, &status, 0) == child ? status : -1;
  } else if (strcmp(way, "vfork") == 0) { /* its child's are its own */
    pid_t child = vfork();
    if (child == 0) {
      setuid(NOBODY);
      _exit(0);
    }
    result = waitpid(child, NULL, 0) == child ? 0 : -1;
  } else {
    result = by_function(way);
  }
  printf("%s: %ld\n", way, result);
  /* No file says what secure bits a task has: one that began before has not these. */
  if (strstr(way, "securebits") != NULL && before != 0 && before == other_task())
    printf("another task has kept its secure bits\n");
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  work(1000);
  for (int i = 1; i < argc; i++) {
    give_up(argv[i]);
    if (compare_tasks(1) != 0) return 9;
    work(1000);
  }
  printf("effective: %d\n", geteuid());
  return 3;
}
