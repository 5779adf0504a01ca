/*
 * accounted.c: takes memory of each kind in known amounts, and says what the kernel says of it:
 * 24 MiB of live blocks that are written to, 40 MiB of one that is not, 12 MiB freed below a block
 * that stays, 20 MiB of a mapping of which half is written to, 8 MiB of shared memory, 6 MiB of a
 * file. Prints the lines of /proc/self/status about resident memory, then ends at once.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEBIBYTE ((size_t)1 << 20)
#define SITE __attribute__((noinline))

static void *blocks[100000];

SITE static void *written(size_t bytes) {
  void *block = malloc(bytes);
  return block == NULL ? NULL : memset(block, 1, bytes);
}

SITE static void live(void) {
  for (size_t i = 0; i < 24 * 1024; i++) blocks[i] = written(1000);
}
SITE static void *untouched(void) { return calloc(40, MEBIBYTE); }
SITE static void freed(void) {
  void *gone[3 * 1024];
  for (size_t i = 0; i < 3 * 1024; i++) gone[i] = written(4000);
  blocks[99999] = written(100);
  for (size_t i = 0; i < 3 * 1024; i++) free(gone[i]);
}
SITE static void mapped(void) {
  char *at = mmap(NULL, 20 * MEBIBYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(at, 1, 10 * MEBIBYTE);
}
SITE static void shared(void) {
  char *at = mmap(NULL, 8 * MEBIBYTE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(at, 1, 8 * MEBIBYTE);
}
SITE static void of_file(const char *path) {
  FILE *file = fopen(path, "w+");
  char page[4096] = {1};
  for (size_t i = 0; i < 6 * MEBIBYTE / sizeof page; i++) fwrite(page, sizeof page, 1, file);
  fflush(file);
  volatile char *at = mmap(NULL, 6 * MEBIBYTE, PROT_READ, MAP_PRIVATE, fileno(file), 0);
  for (size_t i = 0; i < 6 * MEBIBYTE; i += 4096) (void)at[i];
  fclose(file);
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  live();
  blocks[99998] = untouched();
  freed();
  mapped();
  shared();
  of_file(arguments[1]);
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  while (fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "Rss", 3) == 0 || strncmp(line, "VmRSS", 5) == 0) fputs(line, stdout);
  }
  fclose(status);
  return 0;
}
