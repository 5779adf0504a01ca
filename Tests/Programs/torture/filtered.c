/* Allocates, forbids itself system calls, allocates on, and ends.
 *
 * usage: filtered LIST ACTION HOW END STEPS
 *
 * LIST    what stays allowed: tiny, decoder, daemon, most (all but a few); none: the strict mode
 * ACTION  what becomes of the rest: process, thread, trap, errno, trace
 * HOW     prctl, seccomp (by syscall), tsync (for all threads), inline (by no function of libc's),
 *         thread (by a second thread, for itself alone), refused (a filter that the kernel refuses)
 * END     exit, _exit, raw (exit of the thread alone), forbidden (a call that is not allowed)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int tiny[] = {SYS_read, SYS_write, SYS_exit, SYS_exit_group, SYS_rt_sigreturn, -1};
static const int decoder[] = {SYS_read,         SYS_write,         SYS_exit,    SYS_exit_group,
                              SYS_rt_sigreturn, SYS_brk,           SYS_mmap,    SYS_munmap,
                              SYS_futex,        SYS_clock_gettime, SYS_madvise, -1};
static const int daemon_list[] = {SYS_read,
                                  SYS_write,
                                  SYS_exit,
                                  SYS_exit_group,
                                  SYS_rt_sigreturn,
                                  SYS_brk,
                                  SYS_mmap,
                                  SYS_munmap,
                                  SYS_futex,
                                  SYS_clock_gettime,
                                  SYS_madvise,
                                  SYS_openat,
                                  SYS_close,
                                  SYS_fstat,
                                  SYS_newfstatat,
                                  SYS_lseek,
                                  SYS_rt_sigprocmask,
                                  SYS_getpid,
                                  SYS_gettid,
                                  SYS_nanosleep,
                                  SYS_mprotect,
                                  SYS_set_robust_list,
                                  SYS_rt_sigaction,
                                  SYS_clone,
                                  SYS_clone3,
                                  SYS_rseq,
                                  SYS_prctl,
                                  SYS_clock_nanosleep,
                                  -1};
static const int forbidden_of_most[] = {SYS_ptrace, SYS_mount, SYS_reboot, SYS_personality, -1};

static unsigned action(const char *name) {
  if (strcmp(name, "process") == 0) return SECCOMP_RET_KILL_PROCESS;
  if (strcmp(name, "thread") == 0) return SECCOMP_RET_KILL_THREAD;
  if (strcmp(name, "trap") == 0) return SECCOMP_RET_TRAP;
  if (strcmp(name, "trace") == 0) return SECCOMP_RET_TRACE;
  return SECCOMP_RET_ERRNO | EPERM;
}

static struct sock_filter instructions[200];
static struct sock_fprog program = {0, instructions};

static void add(struct sock_filter instruction) { instructions[program.len++] = instruction; }

static void build(const char *list, unsigned otherwise) {
  unsigned listed = SECCOMP_RET_ALLOW, rest = otherwise;
  const int *number = tiny;
  if (strcmp(list, "decoder") == 0) number = decoder;
  if (strcmp(list, "daemon") == 0) number = daemon_list;
  if (strcmp(list, "most") == 0)
    number = forbidden_of_most, listed = otherwise, rest = SECCOMP_RET_ALLOW;
  add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
  add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
  add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
  for (; *number >= 0; number++) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*number, 0, 1));
    add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed));
  }
  add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rest));
}

static long direct(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

static void install(const char *list, const char *how) {
  long result = -1;
  if (strcmp(how, "inline") == 0) {
    direct(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0);
    result = direct(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program);
    for (volatile long i = 0; i < 200000000; i++) continue; /* some 100 ms, with no system call */
  } else if (strcmp(list, "none") == 0) {
    result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  } else {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (strcmp(how, "refused") == 0) program.len--; /* it has no end */
    if (strcmp(how, "seccomp") == 0) {
      result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    } else if (strcmp(how, "tsync") == 0) {
      result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    } else {
      result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    }
  }
  printf("filter: %ld\n", result);
}

static __attribute__((noinline)) void work(long steps) {
  void *kept[64] = {0};
  for (long i = 0; i < steps; i++) {
    free(kept[i % 64]);
    kept[i % 64] = malloc(24 + (size_t)(i % 5) * 16);
  }
  for (int i = 0; i < 64; i++) free(kept[i]);
}

static __attribute__((noinline)) int deep(int levels, long steps) {
  volatile char room[1500];
  room[0] = (char)levels;
  if (levels == 0) {
    work(steps);
    return room[0];
  }
  return deep(levels - 1, steps) + room[0];
}

static char **words;

static void *run(void *unused) {
  long steps = atol(words[5]);
  install(words[1], words[3]);
  work(steps);
  deep(40, steps);
  printf("worked\n");
  return unused;
}

int main(int argc, char **argv) {
  if (argc != 6) return 1;
  words = argv;
  setvbuf(stdout, NULL, _IONBF, 0);
  build(argv[1], action(argv[2]));
  work(atol(argv[5]));
  if (strcmp(argv[3], "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
  } else {
    run(NULL);
  }
  if (strcmp(argv[4], "_exit") == 0) _exit(5);
  if (strcmp(argv[4], "raw") == 0) syscall(SYS_exit, 5);
  if (strcmp(argv[4], "forbidden") == 0) printf("ptrace: %ld\n", syscall(SYS_ptrace, 0, 0, 0, 0));
  return 5;
}
