/* beside.c: `beside BLOCKS`: three threads allocate that many blocks each, while the first one
 * takes on a filter that allows little more than its end. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 3 };

static long blocks;
static atomic_long made;

static __attribute__((noinline)) void *work(void *unused) {
  for (long i = 0; i < blocks; i++) {
    void *volatile block = malloc(24 + (size_t)(i % 5) * 16);
    (void)block;
    made++;
  }
  return unused;
}

#define ALLOW(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter instructions[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(SYS_write),
    ALLOW(SYS_futex),
    ALLOW(SYS_munmap),
    ALLOW(SYS_madvise),
    ALLOW(SYS_exit_group),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
static struct sock_fprog filter = {sizeof instructions / sizeof instructions[0], instructions};

int main(int argc, char **argv) {
  if (argc != 2) return 1;
  blocks = atol(argv[1]);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, NULL);
  while (made < blocks) continue;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  int result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
  long by_then = made;
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  static const char *const words[] = {"while they allocated\n", "too late\n", "refused\n"};
  const char *word = result != 0 ? words[2] : words[by_then == THREADS * blocks];
  size_t length = 0;
  while (word[length] != '\0') length++;
  return write(STDOUT_FILENO, word, length) == (ssize_t)length ? 4 : 5;
}
