/*
 * phases.c: two threads that keep tables of blocks and replace some of them all the time, in three
 * phases of a million events a thread, each with a stack of its own. Long enough for an index.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { STEPS = 500000, BLOCKS = 20000 };

struct table {
  uint32_t state;
  void *blocks[BLOCKS];
};

static void step(struct table *table, size_t most) {
  table->state = table->state * 1664525u + 1013904223u;
  void **block = &table->blocks[(table->state >> 8) % BLOCKS];
  size_t bytes = table->state >> 16 & (most - 1);
  if (table->state >> 28 == 0) {
    void *larger = realloc(*block, bytes + 1);
    if (larger != NULL) *block = larger;
  } else {
    free(*block);
    *block = malloc(bytes);
  }
}

__attribute__((noinline)) static void begin(struct table *table) {
  for (int i = 0; i < STEPS; i++) step(table, 256);
  __asm__ volatile("");
}

__attribute__((noinline)) static void serve(struct table *table) {
  for (int i = 0; i < STEPS; i++) step(table, 1024);
  __asm__ volatile("");
}

__attribute__((noinline)) static void wind_down(struct table *table) {
  for (int i = 0; i < STEPS; i++) step(table, 64);
  __asm__ volatile("");
}

static void *work(void *table) {
  begin(table);
  serve(table);
  wind_down(table);
  for (int i = 0; i < BLOCKS; i += 2) free(((struct table *)table)->blocks[i]);
  return NULL;
}

int main(void) {
  static struct table tables[2] = {{.state = 1}, {.state = 2}};
  pthread_t other;
  if (pthread_create(&other, NULL, work, &tables[1]) != 0) return 1;
  work(&tables[0]);
  return pthread_join(other, NULL);
}
