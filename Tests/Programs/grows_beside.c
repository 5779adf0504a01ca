/*
 * grows_beside.c: a process that grows by 20 MB/s while its heap does not, for three seconds.
 *
 *   grows_beside kept       small blocks stay between what is freed
 *   grows_beside mapped     anonymous mappings
 *   grows_beside unseen     the same by system calls of its own
 *   grows_beside file PATH  more and more pages of a file
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEBIBYTE ((size_t)1 << 20)
#define SITE __attribute__((noinline))
enum { STEPS = 60 };

/* Shrunk in place: what is free behind it is too small for the next one. */
SITE static void leave_pinned(int step) {
  static char *blocks[STEPS];
  blocks[step] = memset(malloc(MEBIBYTE), 1, MEBIBYTE);
  if (step > 0) blocks[step - 1] = realloc(blocks[step - 1], 40);
}

SITE static void map_more(void) {
  memset(mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1,
         MEBIBYTE);
}

SITE static void map_unseen(void) {
  long at =
      syscall(SYS_mmap, NULL, MEBIBYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset((void *)at, 1, MEBIBYTE);
}

SITE static void read_more(const char *path, int step) {
  static volatile char *file;
  if (file == NULL) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char page[4096];
    memset(page, 1, sizeof page);
    for (size_t i = 0; i < STEPS * MEBIBYTE / sizeof page; i++)
      if (write(fd, page, sizeof page) < 0) exit(3);
    file = mmap(NULL, STEPS * MEBIBYTE, PROT_READ, MAP_PRIVATE, fd, 0);
    madvise((void *)file, STEPS * MEBIBYTE, MADV_RANDOM);
  }
  for (size_t i = 0; i < MEBIBYTE; i += 4096) (void)file[(size_t)step * MEBIBYTE + i];
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "";
  mallopt(M_MMAP_THRESHOLD, 64 * MEBIBYTE);
  for (int step = 0; step < STEPS; step++) {
    if (strcmp(how, "kept") == 0) leave_pinned(step);
    if (strcmp(how, "mapped") == 0) map_more();
    if (strcmp(how, "unseen") == 0) map_unseen();
    if (strcmp(how, "file") == 0 && count > 2) read_more(arguments[2], step);
    usleep(50000);
  }
}
