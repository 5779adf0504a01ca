/*
 * threads.cc: `threads WAY [COUNT]`: threads that end in every way.
 *   cancel   cancelled in the middle of a loop that allocates; clean-up handlers free,
 *   exit     pthread_exit out of 50 frames,
 *   late     thread-local destructors of both kinds that free and allocate,
 *   short    COUNT threads one after the other; prints by how many KiB the process grew after the
 *            first tenth of them.
 * Blocks that live on are under a function called `leaks`.
 */
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

extern "C" {

void *volatile kept;
volatile bool leaves = true;

__attribute__((noinline)) void leaks(size_t bytes) {
  kept = malloc(bytes);
  asm volatile("");
}

void *run_cancelled(void *) {
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
  void *volatile block = malloc(100);
  pthread_cleanup_push([](void *held) { free(*static_cast<void **>(held)); }, (void *)&block);
  for (;;) {
    void *volatile other = malloc(50);
    free(other);
    pthread_testcancel();
  }
  pthread_cleanup_pop(1);
  return nullptr;
}

__attribute__((noinline)) void exit_down(int depth) {
  std::unique_ptr<char[]> held(new char[30]);
  if (depth == 0) {
    leaks(7);
    if (leaves) pthread_exit(nullptr);
    return;
  }
  exit_down(depth - 1);
  kept = held.get();
}

void *run_exiting(void *) {
  exit_down(50);
  return nullptr;
}

pthread_key_t key;

struct Late {
  void *held = malloc(60);
  ~Late() {
    free(held);
    leaks(9);
  }
};
thread_local Late late;

/* In the last round that the C library grants, too. */
void at_exit(void *block) {
  static thread_local int rounds;
  free(block);
  if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS) pthread_setspecific(key, malloc(70));
  leaks(11);
}

void *run_late(void *) {
  kept = late.held;
  pthread_setspecific(key, malloc(70));
  return nullptr;
}

void *run_short(void *) {
  void *volatile block = malloc(80);
  free(block);
  return nullptr;
}

long resident_kib() {
  long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == nullptr || fscanf(file, "%ld %ld", &pages, &resident) != 2) abort();
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

void run(void *(*body)(void *), bool cancels) {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, body, nullptr) != 0) abort();
  if (cancels) {
    usleep(200);
    pthread_cancel(thread);
  }
  pthread_join(thread, nullptr);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const char *way = argv[1];
  int count = atoi(argv[2]);
  pthread_key_create(&key, at_exit);
  long before = 0;
  for (int i = 0; i < count; i++) {
    if (i == count / 10) before = resident_kib();
    if (strcmp(way, "cancel") == 0) run(run_cancelled, true);
    if (strcmp(way, "exit") == 0) run(run_exiting, false);
    if (strcmp(way, "late") == 0) run(run_late, false);
    if (strcmp(way, "short") == 0) run(run_short, false);
  }
  if (strcmp(way, "short") == 0) printf("%ld\n", resident_kib() - before);
  return 0;
}
