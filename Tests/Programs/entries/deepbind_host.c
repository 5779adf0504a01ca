/*
 * Opens ./plugin.so with RTLD_DEEPBIND and calls it from several threads: the plugin finds the C
 * library's malloc before anybody else's. With an argument: without that flag. Some of the plugin's
 * blocks are freed here, some of this program's there; the plugin is closed and opened again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "tally.h"

#define THREADS 4
#define BLOCKS 500

static void *(*work)(size_t);
static void (*take_back)(void *);

static void *run(void *unused) {
  (void)unused;
  for (int i = 0; i < BLOCKS; i++) {
    void *kept = work(1000), *freed_here = work(500), *freed_there = malloc(250);
    (void)kept;
    free(freed_here);
    take_back(freed_there);
  }
  return NULL;
}

static void *open_plugin(int flags) {
  void *plugin = dlopen("./plugin.so", flags);
  if (plugin == NULL) exit(1);
  work = (void *(*)(size_t))dlsym(plugin, "work");
  take_back = (void (*)(void *))dlsym(plugin, "take_back");
  return plugin;
}

int main(int count, char **arguments) {
  (void)arguments;
  int flags = RTLD_LAZY | (count > 1 ? 0 : RTLD_DEEPBIND);
  void *plugin = open_plugin(flags);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, run, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  dlclose(plugin);
  open_plugin(flags);
  run(NULL);
  for (int i = 0; i < (THREADS + 1) * BLOCKS; i++) {
    tally_gain(&i, 1000);
    tally_gain(&i, 500);
    tally_loss(500);
  }
  tally_print();
  return 0;
}
