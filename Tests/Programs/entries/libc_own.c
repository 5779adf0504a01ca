/*
 * The C library's second names for malloc and its kin, its old cfree, and its definitions as those
 * get them who ask for the next one or for the library's own: alone, and mixed with malloc and
 * free.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>

#include "tally.h"

void *__libc_malloc(size_t);
void __libc_free(void *);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void *__libc_valloc(size_t);
void *__libc_pvalloc(size_t);

void *volatile kept[1000];

static void *(*its_malloc)(size_t), *(*next_calloc)(size_t, size_t);
static void (*its_free)(void *), (*old_free)(void *);

__attribute__((noinline)) static void work(void) {
  int at = 0;
  for (int i = 0; i < 10; i++) {
    tally_gain(kept[at++] = __libc_malloc(100), 100);
    tally_gain(kept[at++] = __libc_calloc(10, 11), 110);
    tally_gain(kept[at++] = __libc_memalign(64, 120), 120);
    tally_gain(kept[at++] = __libc_valloc(130), 130);
    tally_gain(kept[at++] = __libc_pvalloc(140), 140);
    tally_gain(kept[at++] = __libc_realloc(NULL, 150), 150);
    tally_gain(kept[at++] = malloc(160), 160);
  }
  for (int i = 0; i < 3; i++) {
    void *volatile *row = kept + 7 * i;
    free(row[0]), tally_loss(100);
    __libc_free(row[1]), tally_loss(110);
    tally_resize(row[2] = realloc(row[2], 1200), 120, 1200);
    tally_resize(row[3] = __libc_realloc(row[3], 1300), 130, 1300);
    __libc_free(row[6]), tally_loss(160);
    if (__libc_realloc(row[5], 0) != NULL) abort(); /* frees */
    tally_loss(150);
  }
  if (__libc_realloc(kept[30], (size_t)-1) != NULL) abort(); /* changes nothing */
  for (int i = 0; i < 10; i++) {
    tally_gain(kept[at++] = its_malloc(200), 200);
    tally_gain(kept[at++] = next_calloc(3, 70), 210);
  }
  its_free(kept[at - 1]), tally_loss(210);
  free(kept[at - 2]), tally_loss(200);
  if (old_free != NULL) old_free(kept[at - 3]), tally_loss(210);
}

int main(void) {
  void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  its_malloc = (void *(*)(size_t))dlsym(libc, "malloc");
  next_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
  its_free = (void (*)(void *))dlsym(libc, "free");
  old_free = (void (*)(void *))dlvsym(libc, "cfree", "GLIBC_2.2.5");
  work();
  tally_print();
  return 0;
}
