/* A fiber's stack goes away and a smaller one takes its place, in the way that argv[1] names. Code
 * that was made at run time, which uses rbp for data, then allocates on it: whoever follows rbp as
 * if it led to a frame comes to where the larger stack was. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define LARGE (64u << 10)
#define SMALL (20u << 10)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define BOTH (PROT_READ | PROT_WRITE)

static ucontext_t outside, inside;
static void *(*generated)(uint64_t rbp, void *(*allocate)(size_t));

static __attribute__((noinline)) int descend(int levels) {
  volatile char room[2000];
  room[0] = (char)levels;
  if (levels == 0) {
    void *volatile block = malloc(40);
    free(block);
    return room[0];
  }
  return descend(levels - 1) + room[0];
}

static void deep(void) { descend(20); }

static void shallow(void) {
  char here;
  free(generated(((uint64_t)(uintptr_t)&here + 9000) & ~UINT64_C(7), malloc));
}

static void run(char *stack, size_t bytes, void (*body)(void)) {
  getcontext(&inside);
  inside.uc_stack.ss_sp = stack;
  inside.uc_stack.ss_size = bytes;
  inside.uc_link = &outside;
  makecontext(&inside, body, 0);
  swapcontext(&outside, &inside);
}

static void generate(void) {
  static const unsigned char code[] = {0x55, 0x48, 0x89, 0xfd,    /* push rbp; mov rbp, rdi */
                                       0xbf, 100,  0,    0,    0, /* mov edi, 100 */
                                       0xff, 0xd6, 0x5d, 0xc3};   /* call rsi; pop rbp; ret */
  void *place = mmap(NULL, 4096, BOTH | PROT_EXEC, PRIVATE, -1, 0);
  memcpy(place, code, sizeof code);
  *(void **)&generated = place;
}

/* The kernel answers nothing to those who ask by sigprocmask. */
static void refuse_probes(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {4, filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) printf("no filter\n");
}

static char *stack;

/* On a thread's stack: fibers, too, are switched by sigprocmask. */
static void *refused(void *unused) {
  refuse_probes();
  shallow();
  return unused;
}

static void run_refused(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, LARGE);
  pthread_create(&thread, &attributes, refused, NULL);
  pthread_join(thread, NULL);
}

static void *unmap_stack(void *unused) {
  munmap(stack, LARGE);
  return unused;
}

static void replace(const char *way) {
  char *rest = stack + SMALL;
  if (strcmp(way, "unmap") == 0) {
    munmap(stack, LARGE);
    stack = mmap(stack, SMALL, BOTH, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);
  } else if (strcmp(way, "fixed") == 0) {
    mmap(rest, LARGE - SMALL, PROT_NONE, PRIVATE | MAP_FIXED, -1, 0);
  } else if (strcmp(way, "shrink") == 0) {
    mremap(stack, LARGE, SMALL, 0);
  } else if (strcmp(way, "move") == 0) {
    mremap(stack, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, stack + (1 << 20));
    stack = mmap(stack, SMALL, BOTH, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);
  } else if (strcmp(way, "protect") == 0) {
    mprotect(rest, LARGE - SMALL, PROT_NONE);
  } else if (strcmp(way, "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, unmap_stack, NULL);
    pthread_join(thread, NULL);
    stack = mmap(stack, SMALL, BOTH, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);
  } else if (strcmp(way, "syscall") == 0) {
    syscall(SYS_munmap, rest, LARGE - SMALL);
  } else if (strcmp(way, "elsewhere") ==
             0) { /* nobody sees it, but the thread has been elsewhere */
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_munmap), "D"(rest), "S"(LARGE - SMALL)
                     : "rcx", "r11", "memory");
    descend(1);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 1;
  generate();
  stack = mmap(NULL, 4 << 20, BOTH, PRIVATE, -1, 0); /* leaves a hole around */
  munmap(stack + LARGE, (4 << 20) - LARGE);
  if (strcmp(argv[1], "probe") == 0) {
    run_refused();
    printf("fine\n");
    return 3;
  }
  run(stack, LARGE, deep);
  replace(argv[1]);
  run(stack, SMALL, shallow);
  printf("fine\n");
  return 3;
}
