/*
 * forks.c: `forks FILE CHILDREN`: 16 threads allocate and free without pause, and each forks as
 * soon as its last child has ended, until there were so many children. A child allocates and frees
 * what follows from its number, and ends by exit or _exit in turn. FILE tells of each child its pid
 * and how many blocks and bytes it left; the program prints how many children did not end well.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 16, WINDOW = 32 };

struct child {
  int32_t pid, blocks, freed, leaked_bytes;
};

static struct child *children;
static int count;
static atomic_int taken, failed;

__attribute__((noinline)) static void live_as_child(int number) {
  alarm(60); /* one that hangs dies of it, and is counted */
  int blocks = number % 97 + 20, freed = 0, leaked = 0;
  for (int i = 0; i < blocks; i++) {
    size_t bytes = (size_t)(number % 13 + i);
    void *volatile block = malloc(bytes);
    if (i % 3 == 0) {
      free(block);
      freed++;
    } else {
      leaked += (int)bytes;
    }
  }
  children[number] = (struct child){getpid(), blocks, freed, leaked};
  if (number % 2 == 0) _exit(0);
  exit(0);
}

static void *work(void *argument) {
  void *window[WINDOW] = {NULL};
  int status, number;
  while ((number = atomic_fetch_add(&taken, 1)) < count) {
    pid_t pid = fork();
    if (pid == 0) live_as_child(number);
    for (unsigned n = 0;; n++) {
      free(window[n % WINDOW]);
      window[n % WINDOW] = malloc(1 + n % 500);
      if (n % 64 == 0 && (pid < 0 || waitpid(pid, &status, WNOHANG) != 0)) break;
    }
    if (pid < 0 || status != 0) atomic_fetch_add(&failed, 1);
  }
  for (int i = 0; i < WINDOW; i++) free(window[i]);
  return argument;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  count = atoi(argv[2]);
  size_t bytes = (size_t)count * sizeof *children;
  int file = open(argv[1], O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, (off_t)bytes) != 0) return 3;
  children = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("%d\n", atomic_load(&failed));
  return 0;
}
