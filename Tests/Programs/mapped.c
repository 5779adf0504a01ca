/*
 * mapped.c: maps memory in known ways, and says what came of it. A page map of its own, kept beside
 * the kernel, is the witness: at each moment it knows which call made each page accessible. At the
 * end it is compared with /proc/self/maps, so that what is printed is what the kernel has.
 *
 *   mapped random SEED THREADS ROUNDS   random calls on one area: parts unmapped, covered by
 *                                       MAP_FIXED, forbidden, permitted, moved, grown. Threads take
 *                                       turns under a lock and undo each other's calls
 *   mapped fork                         a child goes on with what it inherited
 *   mapped early                        a constructor maps before main
 *   mapped failing                      calls that fail and change nothing
 *   mapped handler                      a signal handler maps while main allocates
 *   mapped rate CALLS                   maps and unmaps as often as that
 *
 * Prints lines: `site NAME BYTES LIVE-BYTES`, and `peak BYTES`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 4096, SITES = 5, NONE = 255, RESERVED = 254 };

static char *area;
static uint8_t owner[PAGES]; /* the site that made the page accessible, RESERVED or NONE */
static uint64_t made[SITES]; /* pages */
static uint64_t live, peak;  /* pages */
static const char *const names[SITES] = {"map_plain", "map_fixed", "permit", "move", "grow"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t seed;
static unsigned rounds;

#define SITE __attribute__((noinline))
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static uint64_t random_below(uint64_t limit) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % limit;
}

static void check(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "mapped: %s: %s\n", what, strerror(errno));
  exit(3);
}

static void *page(unsigned index) { return area + (size_t)index * PAGE; }

/* The page map's side of a call. */
static void note(unsigned first, unsigned count, uint8_t what) {
  for (unsigned i = first; i < first + count; i++) {
    if (owner[i] < SITES) live--;
    owner[i] = what;
    if (what < SITES) {
      live++;
      made[what]++;
    }
  }
  if (live > peak) peak = live;
}

static bool all(unsigned first, unsigned count, bool (*is)(uint8_t)) {
  for (unsigned i = first; i < first + count; i++) {
    if (!is(owner[i])) return false;
  }
  return true;
}
static bool is_mapped(uint8_t what) { return what != NONE; }
static bool is_free(uint8_t what) { return what == NONE; }

SITE static void map_plain(unsigned first, unsigned count) {
  if (!all(first, count, is_free)) return;
  void *at = mmap(page(first), (size_t)count * PAGE - random_below(PAGE), PROT_READ | PROT_WRITE,
                  ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  check(at == page(first), "map_plain");
  note(first, count, 0);
}

SITE static void map_fixed(unsigned first, unsigned count) {
  check(mmap(page(first), (size_t)count * PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) !=
            MAP_FAILED,
        "map_fixed");
  note(first, count, 1);
}

SITE static void reserve(unsigned first, unsigned count) {
  check(mmap(page(first), (size_t)count * PAGE, PROT_NONE, ANONYMOUS | MAP_FIXED, -1, 0) !=
            MAP_FAILED,
        "reserve");
  note(first, count, RESERVED);
}

SITE static void permit(unsigned first, unsigned count) {
  if (!all(first, count, is_mapped)) return;
  check(mprotect(page(first), (size_t)count * PAGE, PROT_READ | PROT_WRITE) == 0, "permit");
  for (unsigned i = first; i < first + count; i++) {
    if (owner[i] == RESERVED) note(i, 1, 2);
  }
}

SITE static void forbid(unsigned first, unsigned count) {
  if (!all(first, count, is_mapped)) return;
  check(mprotect(page(first), (size_t)count * PAGE, PROT_NONE) == 0, "forbid");
  note(first, count, RESERVED);
}

SITE static void unmap(unsigned first, unsigned count) {
  check(munmap(page(first), (size_t)count * PAGE) == 0, "unmap");
  note(first, count, NONE);
}

/* The pages from `first` on that are one mapping to the kernel, as far as this can be known: what
 * one site made. */
static unsigned alike(unsigned first, unsigned most) {
  unsigned count = 1;
  while (count < most && first + count < PAGES && owner[first + count] == owner[first]) count++;
  return count;
}

SITE static void move(unsigned first, unsigned count, unsigned to) {
  count = alike(first, count);
  if (owner[first] >= SITES || to + count > PAGES) return;
  if (to < first + count && first < to + count) return;
  /* The kernel moves one mapping at a time, and may have kept two of one site apart. */
  void *at = mremap(page(first), (size_t)count * PAGE, (size_t)count * PAGE,
                    MREMAP_MAYMOVE | MREMAP_FIXED, page(to));
  if (at == MAP_FAILED) return;
  note(first, count, NONE);
  note(to, count, 3);
}

SITE static void grow(unsigned first, unsigned count) {
  count = alike(first, count);
  if (owner[first] >= SITES) return;
  unsigned more = (unsigned)random_below(8);
  if (first + count + more > PAGES || !all(first + count, more, is_free)) return;
  void *at = mremap(page(first), (size_t)count * PAGE, (size_t)(count + more) * PAGE, 0);
  if (at == MAP_FAILED) return;
  check(at == page(first), "grow");
  note(first, count, NONE);
  note(first, count + more, 4);
}

static void *work(void *unused) {
  (void)unused;
  for (unsigned round = 0; round < rounds; round++) {
    pthread_mutex_lock(&lock);
    unsigned first = (unsigned)random_below(PAGES), count = 1 + (unsigned)random_below(64);
    if (first + count > PAGES) count = PAGES - first;
    switch (random_below(9)) {
      case 0:
      case 1:
        map_plain(first, count);
        break;
      case 2:
        map_fixed(first, count);
        break;
      case 3:
        reserve(first, count);
        break;
      case 4:
        permit(first, count);
        break;
      case 5:
        forbid(first, count);
        break;
      case 6:
        unmap(first, count);
        break;
      case 7:
        move(first, count, (unsigned)random_below(PAGES));
        break;
      default:
        grow(first, count);
    }
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

/* The area: free, and far from where the kernel puts what may lie anywhere. */
static void find_area(void) {
  area = (char *)(UINT64_C(1) << 44);
  memset(owner, NONE, sizeof owner);
}

/* What the kernel says of each page of the area is what the page map says. */
static void compare_with_kernel(void) {
  static uint8_t seen[PAGES];
  memset(seen, NONE, sizeof seen);
  FILE *maps = fopen("/proc/self/maps", "r");
  check(maps != NULL, "maps");
  char line[512];
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s", &start, &end, access) != 3) continue;
    for (unsigned long at = start; at < end; at += PAGE) {
      unsigned long index = (at - (unsigned long)area) / PAGE;
      if (at < (unsigned long)area || index >= PAGES) continue;
      seen[index] = access[0] == '-' ? RESERVED : 0;
    }
  }
  fclose(maps);
  for (unsigned i = 0; i < PAGES; i++) {
    check((owner[i] < SITES ? 0 : owner[i]) == seen[i], "a page is not as the kernel has it");
  }
}

static void print_sites(void) {
  for (unsigned site = 0; site < SITES; site++) {
    uint64_t left = 0;
    for (unsigned i = 0; i < PAGES; i++) left += owner[i] == site;
    printf("site %s %llu %llu\n", names[site], (unsigned long long)made[site] * PAGE,
           (unsigned long long)left * PAGE);
  }
  printf("peak %llu\n", (unsigned long long)peak * PAGE);
}

static void run_random(unsigned thread_count) {
  pthread_t threads[64];
  if (thread_count <= 1) {
    work(NULL);
    return;
  }
  for (unsigned i = 0; i < thread_count; i++) {
    check(pthread_create(&threads[i], NULL, work, NULL) == 0, "thread");
  }
  for (unsigned i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
}

static void run_fork(void) {
  map_plain(0, 32);
  pid_t child = fork();
  if (child == 0) {
    memset(made, 0, sizeof made);
    unmap(8, 8); /* of what it inherited: no block of its trace */
    memset(owner, NONE, sizeof owner);
    live = peak = 0;
    map_fixed(100, 16);
    unmap(104, 4);
    print_sites();
    fflush(stdout);
    _exit(0);
  }
  int status;
  check(waitpid(child, &status, 0) == child && status == 0, "child");
  unmap(16, 4);
}

SITE static void map_early(void) {
  check(mmap(page(0), 64 * PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED, "early");
}

static void run_failing(void) {
  map_plain(0, 16);
  check(munmap((char *)area + 1, PAGE) == -1 && errno == EINVAL, "munmap of an odd address");
  check(munmap(area, 0) == -1 && errno == EINVAL, "munmap of nothing");
  check(mmap(NULL, 0, PROT_READ, ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL, "mmap");
  check(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF, "mmap");
  check(mremap(page(4), PAGE, PAGE, MREMAP_FIXED, page(40)) == MAP_FAILED && errno == EINVAL,
        "mremap without MAYMOVE");
  check(mremap(page(40), PAGE, 2 * PAGE, 0) == MAP_FAILED && errno == EFAULT, "mremap of nothing");
  check(mprotect(page(40), PAGE, PROT_NONE) == -1 && errno == ENOMEM, "mprotect of nothing");
  errno = EDOM;
  unmap(2, 1);
  check(errno == EDOM, "errno after a call that succeeds");
}

static unsigned handled;
static void handle(int signal) {
  (void)signal;
  if (handled >= 200) return;
  map_plain(handled * 4, 3);
  handled++;
}

static void run_handler(void) {
  struct sigaction action = {.sa_handler = handle};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &timer, NULL);
  while (*(volatile unsigned *)&handled < 200) free(malloc(100));
  timer = (struct itimerval){{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

static bool is_early(int count, char **arguments) {
  return count > 1 && strcmp(arguments[1], "early") == 0;
}

__attribute__((constructor)) static void before_main(int count, char **arguments) {
  if (!is_early(count, arguments)) return;
  find_area();
  map_early();
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "";
  if (is_early(count, arguments)) return 0;
  if (strcmp(how, "rate") == 0) {
    unsigned long calls = strtoul(arguments[2], NULL, 10);
    for (unsigned long i = 0; i < calls; i++) {
      void *at = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
      check(at != MAP_FAILED && munmap(at, 16 * PAGE) == 0, "rate");
    }
    return 0;
  }
  find_area();
  if (strcmp(how, "random") == 0 && count > 4) {
    seed = strtoull(arguments[2], NULL, 10) * 0x9e3779b97f4a7c15u | 1;
    rounds = (unsigned)strtoul(arguments[4], NULL, 10);
    run_random((unsigned)strtoul(arguments[3], NULL, 10));
  } else if (strcmp(how, "fork") == 0) {
    run_fork();
  } else if (strcmp(how, "failing") == 0) {
    run_failing();
  } else if (strcmp(how, "handler") == 0) {
    run_handler();
  } else {
    fprintf(stderr, "mapped: how?\n");
    return 2;
  }
  compare_with_kernel();
  print_sites();
  return 0;
}
