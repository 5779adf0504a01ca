/* How much is resident, and why; the first argument says how.
 *   spike       30 MiB for a millisecond, between two samples
 *   growing     a mebibyte each tenth of a second, twelve times, then ended by a signal
 *   quiet       4 MiB, then half a second without an allocation, then ended by a signal
 *   fragmented  many blocks of which few stay, each on pages of its own
 *   mapped      memory that no malloc serves
 *   files       the pages of a file, read one after the other
 *   shared      memory that is shared with children to be
 *   arenas      threads that each leave little of much, in the C library's arenas of their own
 * Standard output: what the kernel says at the end, by name, in kibibytes. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *volatile sink;

static char *filled(size_t bytes) {
  char *block = malloc(bytes);
  if (block == NULL) exit(1);
  memset(block, 1, bytes);
  sink = block;
  return block;
}

static void spike(void) {
  usleep(230000);
  char *block = filled(30 << 20);
  usleep(1000);
  free(block);
  usleep(230000);
}

static void growing(void) {
  for (int i = 0; i < 12; i++) {
    filled(1 << 20);
    usleep(100000);
  }
}

static void quiet(void) {
  filled(4 << 20);
  usleep(500000);
}

static void fragmented(void) {
  enum { BLOCKS = 60000 };
  static char *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) blocks[i] = filled(1000);
  for (int i = 0; i < BLOCKS; i++) {
    if (i % 200 != 0) free(blocks[i]);
  }
  usleep(300000);
}

static void mapped(void) {
  char *memory = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(1);
  memset(memory, 1, 64 << 20);
  filled(1 << 20);
  usleep(300000);
}

static void files(void) {
  int file = open("pages.bin", O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ftruncate(file, 40 << 20) != 0) exit(1);
  volatile char *pages = mmap(NULL, 40 << 20, PROT_READ, MAP_SHARED, file, 0);
  if (pages == MAP_FAILED) exit(1);
  filled(1 << 20);
  char sum = 0;
  for (int step = 0; step < 40; step++) {
    for (int i = 0; i < 1 << 20; i += 4096) sum = (char)(sum + pages[(step << 20) + i]);
    usleep(30000);
  }
  sink = (void *)(size_t)(unsigned char)sum;
}

static void shared(void) {
  char *memory = mmap(NULL, 48 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(1);
  memset(memory, 1, 48 << 20);
  filled(1 << 20);
  usleep(300000);
}

static pthread_barrier_t all_done;

static void *leave_little(void *unused) {
  enum { BLOCKS = 15000 };
  char **blocks = malloc(BLOCKS * sizeof *blocks);
  for (int i = 0; i < BLOCKS; i++) blocks[i] = filled(1000);
  for (int i = 0; i < BLOCKS; i++) {
    if (i % 250 != 249) free(blocks[i]);
  }
  pthread_barrier_wait(&all_done);
  return unused;
}

static void arenas(void) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  if (pthread_barrier_init(&all_done, NULL, THREADS + 1) != 0) exit(1);
  for (int i = 0; i < THREADS; i++) {
    if (pthread_create(&threads[i], NULL, leave_little, NULL) != 0) exit(1);
  }
  usleep(300000);
  pthread_barrier_wait(&all_done);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static void print_status(void) {
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  if (status == NULL) exit(1);
  while (fgets(line, sizeof line, status)) {
    char name[32];
    long kibibytes;
    if (sscanf(line, "%31[A-Za-z]: %ld kB", name, &kibibytes) == 2)
      printf("%s %ld\n", name, kibibytes);
  }
  fclose(status);
  fflush(stdout);
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "";
  if (strcmp(how, "spike") == 0) spike();
  if (strcmp(how, "growing") == 0) growing();
  if (strcmp(how, "quiet") == 0) quiet();
  if (strcmp(how, "fragmented") == 0) fragmented();
  if (strcmp(how, "mapped") == 0) mapped();
  if (strcmp(how, "files") == 0) files();
  if (strcmp(how, "shared") == 0) shared();
  if (strcmp(how, "arenas") == 0) arenas();
  print_status();
  if (strcmp(how, "growing") == 0 || strcmp(how, "quiet") == 0) raise(SIGKILL);
  return 0;
}
