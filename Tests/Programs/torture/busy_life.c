/*
 * busy_life.c: `busy_life FILE LIBRARY`: writes to FILE where the code of libmemtrace.so is mapped,
 * says by getppid that it begins, and does what has a recorder do something: blocks of many sizes
 * in threads that come and go, more than rings and stagings hold at first; handlers; deep
 * recursion; libraries; memory unmapped; children that record, that never do, that are killed, that
 * become another program or fail to; a pause. Exits with 3.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) void work(int count) {
  void *kept[64] = {0};
  for (int i = 0; i < count; i++) {
    free(kept[i % 64]);
    kept[i % 64] = malloc(1 + (size_t)(i * 37 % 5000));
  }
  for (int i = 0; i < 64; i++) free(kept[i]);
}

static __attribute__((noinline)) int deep(int levels) {
  volatile char room[64] = {(char)levels};
  if (levels == 0) work(10);
  return room[0] + (levels > 0 ? deep(levels - 1) : 0);
}

static void *run(void *unused) {
  work(5000);
  return unused;
}

static void on_signal(int signal) {
  (void)signal;
  work(3);
}

static void child_that(const char *does) {
  pid_t child = fork();
  if (child == 0) {
    if (strcmp(does, "idles") != 0) work(2000);
    if (strcmp(does, "is killed") == 0) raise(SIGKILL);
    if (strcmp(does, "execs") == 0) execl("/bin/true", "true", (char *)NULL);
    if (strcmp(does, "fails") == 0) execl("/nowhere", "nowhere", (char *)NULL);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static int say_where(const char *path) {
  char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r"), *said = fopen(path, "w");
  if (maps == NULL || said == NULL) return 1;
  while (fgets(line, sizeof line, maps) != NULL) {
    if (strstr(line, "libmemtrace.so") != NULL && strstr(line, "r-xp") != NULL) fputs(line, said);
  }
  fclose(maps);
  return fclose(said);
}

int main(int argc, char **argv) {
  if (argc != 3 || say_where(argv[1]) != 0) return 1;
  signal(SIGUSR1, on_signal);
  syscall(SYS_getppid);
  for (int i = 0; i < 4; i++) {
    pthread_t threads[2];
    for (int t = 0; t < 2; t++) pthread_create(&threads[t], NULL, run, NULL);
    raise(SIGUSR1);
    for (int t = 0; t < 2; t++) pthread_join(threads[t], NULL);
  }
  deep(3000);
  for (int i = 0; i < 5; i++) {
    void *library = dlopen(argv[2], RTLD_NOW);
    if (library != NULL) dlclose(library);
    void *memory = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory, 1 << 20);
  }
  usleep(1100000); /* what is done once a second */
  work(1000);
  static const char *const ways[] = {"records", "idles", "is killed", "execs", "fails"};
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) child_that(ways[i]);
  return 3;
}
