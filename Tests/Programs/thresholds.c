/* Thresholds of the program's own: reached, left and reached again; removed; in a child. Prints
 * what its functions were told. Arguments choose what is done. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memtrace.h"

#define MIB ((size_t)1 << 20)

static pthread_t main_thread;
static volatile unsigned calls;
static volatile int is_removed;
static memtrace_threshold_t once;

static void wait_for(unsigned count) {
  for (int i = 0; i < 400 && calls < count; i++) usleep(5000);
}

static void say(const struct memtrace_crossing *crossing, void *name) {
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  void *volatile block = malloc(100); /* it may allocate */
  free(block);
  printf("%s %s %d %d %d\n", (char *)name, crossing->label,
         crossing->measured_bytes >= crossing->limit_bytes && crossing->resident_bytes > MIB,
         (int)(crossing->limit_bytes / MIB),
         !pthread_equal(pthread_self(), main_thread) && sigismember(&blocked, SIGTERM) == 1);
  calls++;
}

static void remove_itself(const struct memtrace_crossing *crossing, void *unused) {
  (void)crossing, (void)unused;
  memtrace_threshold_remove(once);
  calls++;
}

static void be_slow(const struct memtrace_crossing *crossing, void *unused) {
  (void)crossing, (void)unused;
  calls++;
  usleep(60000);
  if (is_removed) printf("called after its removal\n");
  calls++;
}

__attribute__((noinline)) static char *hold(size_t bytes) {
  char *block = malloc(bytes);
  if (block != NULL) memset(block, 1, bytes);
  return block;
}

int main(int count, char **arguments) {
  main_thread = pthread_self();
  memtrace_threshold_t heap = memtrace_threshold_add("heap:24M", "large", say, (void *)"heap");
  memtrace_threshold_t none = memtrace_threshold_add("24 megabytes", "none", say, NULL);
  memtrace_threshold_t silent = memtrace_threshold_add("heap:20M", "silent", NULL, NULL);
  printf("added %d %d %d\n", heap != 0, none != 0, silent != 0);
  fflush(stdout);
  for (unsigned round = 0; round < 2; round++) {
    char *volatile block = hold(32 * MIB);
    if (heap != 0) wait_for(round + 1);
    free(block);
    if (heap != 0) usleep(60000); /* seen to have fallen */
  }
  struct memtrace_stats stats;
  memtrace_get_stats(&stats);
  printf("heap %d, peak %d\n", (int)(stats.heap_bytes / MIB), (int)(stats.heap_peak_bytes / MIB));
  memtrace_threshold_remove(heap);
  memtrace_threshold_remove(heap);
  memtrace_threshold_remove(0);
  if (count > 1 && strcmp(arguments[1], "remove") == 0) {
    calls = 0;
    once = memtrace_threshold_add("resident:1K", "once", remove_itself, NULL);
    wait_for(1);
    printf("from within: %u\n", calls);
    calls = 0;
    memtrace_threshold_t slow = memtrace_threshold_add("1K", "slow", be_slow, NULL);
    wait_for(1);
    memtrace_threshold_remove(slow);
    is_removed = 1;
    printf("waited: %u\n", calls);
    usleep(100000);
    unsigned added = 0;
    while (memtrace_threshold_add("heap:1G", "many", NULL, NULL) != 0) added++;
    printf("many %u\n", added);
  }
  if (count > 1 && strcmp(arguments[1], "fork") == 0) {
    calls = 0;
    fflush(stdout);
    if (fork() == 0) {
      heap = memtrace_threshold_add("heap:24M", "child", say, (void *)"child");
      char *volatile block = hold(32 * MIB);
      wait_for(1);
      free(block);
      printf("child heap %d\n", heap != 0);
      return 0;
    }
    wait(NULL);
  }
  return 0;
}
