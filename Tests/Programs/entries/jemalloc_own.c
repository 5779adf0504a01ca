/* jemalloc's own functions, alone and mixed with malloc and free. */
#include <jemalloc/jemalloc.h>
#include <stdlib.h>

#include "tally.h"

void *volatile kept[1000];

/* A program may keep such a function's address in its data. */
static void *(*volatile allocate)(size_t, int) = mallocx;

__attribute__((noinline)) static void work(void) {
  for (int i = 0; i < 100; i++) tally_gain(kept[i] = mallocx(1000, 0), 1000);
  for (int i = 0; i < 20; i++, tally_loss(1000)) dallocx(kept[i], 0);
  for (int i = 20; i < 40; i++, tally_loss(1000)) sdallocx(kept[i], 1000, 0);
  for (int i = 40; i < 60; i++, tally_loss(1000)) free(kept[i]);
  for (int i = 60; i < 80; i++) tally_resize(kept[i] = rallocx(kept[i], 5000, 0), 1000, 5000);
  for (int i = 80; i < 90; i++) tally_resize(kept[i] = realloc(kept[i], 3000), 1000, 3000);
  /* Smaller in place: always. Larger by a gigabyte in place: never. */
  if (xallocx(kept[60], 4900, 0, 0) < 4900) abort();
  tally_resize(kept[60], 5000, 4900);
  if (xallocx(kept[61], (size_t)1 << 30, 0, 0) >= (size_t)1 << 30) abort();
  for (int i = 100; i < 150; i++) tally_gain(kept[i] = malloc(300), 300);
  for (int i = 100; i < 120; i++, tally_loss(300)) dallocx(kept[i], 0);
  for (int i = 120; i < 130; i++) tally_resize(kept[i] = rallocx(kept[i], 10, 0), 300, 10);
  for (int i = 200; i < 250; i++)
    tally_gain(kept[i] = mallocx(64, MALLOCX_ALIGN(4096) | MALLOCX_ZERO), 64);
  for (int i = 250; i < 260; i++) tally_gain(kept[i] = allocate(11, 0), 11);
}

int main(void) {
  work();
  tally_print();
  return 0;
}
