/*
 * resident_kinds.c: programs whose resident memory is to be accounted for. Each says "ready" when
 * nothing changes any more, and then waits to be killed.
 *
 *   resident_kinds rounded N    N blocks of each of many sizes, written to up to the size; prints
 *                               their bytes, those that the allocator says are usable, and their
 * number resident_kinds untouched    a calloc of 1 GiB of which 4 MiB are written to resident_kinds
 * threads N    N threads that have used 100 KB of their stacks, and live blocks each resident_kinds
 * fragmented   every hundredth of many blocks stays, over 60 MiB of pages resident_kinds refused a
 * filter refuses the ioctl of /proc/PID/pagemap; 20 MiB of blocks resident_kinds hidden       the
 * process may not be looked at (PR_SET_DUMPABLE); likewise resident_kinds forked       a child of a
 * fork writes to half of what it inherited
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEBIBYTE ((size_t)1 << 20)
#define SITE __attribute__((noinline))

static pthread_barrier_t all_there;

SITE static char *written(size_t bytes) {
  char *block = malloc(bytes);
  return block == NULL ? NULL : memset(block, 1, bytes);
}

static void ready(void) {
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}

static void rounded(size_t count) {
  size_t bytes = 0, usable = 0, blocks = 0;
  for (size_t size = 1; size < 3000; size += 1 + size / 16) {
    for (size_t i = 0; i < count; i++, blocks++) {
      char *block = written(size);
      bytes += size;
      usable += malloc_usable_size(block);
      memset(block, 1, malloc_usable_size(block));
    }
  }
  printf("blocks %zu bytes %zu usable %zu\n", blocks, bytes, usable);
}

static char *volatile table;

static void untouched(void) {
  table = calloc(1024, MEBIBYTE);
  memset(table, 1, 4 * MEBIBYTE);
}

SITE static void *thread(void *argument) {
  volatile char used[100000];
  for (size_t at = 0; at < sizeof used; at += 1000) used[at] = 1;
  char **blocks = argument;
  for (int i = 0; i < 100; i++) blocks[i] = written(2000);
  pthread_barrier_wait(&all_there);
  for (;;) pause();
  return NULL;
}

static void threads(unsigned count) {
  pthread_barrier_init(&all_there, NULL, count + 1);
  for (unsigned i = 0; i < count; i++) {
    pthread_t one;
    pthread_create(&one, NULL, thread, calloc(100, sizeof(char *)));
  }
  pthread_barrier_wait(&all_there);
}

static void fragmented(void) {
  enum { MANY = 60000 };
  char **blocks = calloc(MANY, sizeof *blocks);
  for (int i = 0; i < MANY; i++) blocks[i] = written(1000);
  for (int i = 0; i < MANY; i++)
    if (i % 100 != 0) free(blocks[i]);
}

static void scattered(void) {
  char *all =
      mmap(NULL, 160 * MEBIBYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(all, 160 * MEBIBYTE, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < 160 * MEBIBYTE; at += 8192) all[at] = 1;
}

static void twenty(void) {
  for (int i = 0; i < 20 * 1024; i++) written(1000);
}

static void refused(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    exit(3);
  twenty();
}

static void forked(void) {
  char *inherited = written(40 * MEBIBYTE);
  if (fork() != 0) ready();
  memset(inherited, 2, 20 * MEBIBYTE);
}

int main(int count, char **arguments) {
  const char *kind = count > 1 ? arguments[1] : "";
  size_t number = count > 2 ? strtoul(arguments[2], NULL, 10) : 1;
  if (strcmp(kind, "rounded") == 0) {
    rounded(number);
    return 0;
  }
  if (strcmp(kind, "untouched") == 0) untouched();
  if (strcmp(kind, "threads") == 0) threads((unsigned)number);
  if (strcmp(kind, "fragmented") == 0) fragmented();
  if (strcmp(kind, "scattered") == 0) scattered();
  if (strcmp(kind, "refused") == 0) refused();
  if (strcmp(kind, "hidden") == 0) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    twenty();
    sleep(1);
    return 0;
  }
  if (strcmp(kind, "forked") == 0) forked();
  ready();
}
