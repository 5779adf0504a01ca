/* mimalloc's own functions, alone and mixed with malloc and free; heaps that are destroyed whole.
 */
#include <mimalloc.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

void *volatile kept[2000];
static int at;

static void keep(void *block, size_t bytes) {
  tally_gain(block, bytes);
  kept[at++] = block;
}

/* The block kept last becomes another. */
static void resize(void *block, size_t old_bytes, size_t bytes) {
  tally_resize(block, old_bytes, bytes);
  kept[at - 1] = block;
}

#define LAST kept[at - 1]

static void of_the_default_heap(void) {
  keep(mi_malloc(100), 100);
  keep(mi_malloc_small(101), 101);
  keep(mi_zalloc(102), 102);
  keep(mi_zalloc_small(103), 103);
  keep(mi_calloc(4, 26), 104);
  keep(mi_mallocn(5, 21), 105);
  resize(mi_realloc(LAST, 1000), 105, 1000);
  resize(mi_reallocn(LAST, 10, 200), 1000, 2000);
  resize(mi_reallocf(LAST, 3000), 2000, 3000);
  resize(mi_reallocarray(LAST, 10, 400), 3000, 4000);
  resize(mi_expand(LAST, 3900), 4000, 3900);
  keep(mi_zalloc(106), 106);
  resize(mi_rezalloc(LAST, 1060), 106, 1060);
  resize(mi_recalloc(LAST, 106, 20), 1060, 2120);
  void *moving = LAST;
  if (mi_reallocarr(&moving, 50, 100) != 0) abort();
  resize(moving, 2120, 5000);
  keep(mi_strdup("twelve bytes"), 13);
  keep(mi_strndup("twelve bytes", 6), 7);
  char *path = mi_realpath("/", NULL);
  keep(path, strlen(path) + 1);
  char *value = NULL;
  if (mi_dupenv_s(&value, NULL, "TALLY") == 0 && value != NULL) keep(value, strlen(value) + 1);
  keep(mi_malloc_aligned(110, 64), 110);
  keep(mi_malloc_aligned_at(111, 64, 8), 111);
  keep(mi_zalloc_aligned(112, 64), 112);
  keep(mi_zalloc_aligned_at(113, 64, 8), 113);
  keep(mi_calloc_aligned(2, 57, 64), 114);
  keep(mi_calloc_aligned_at(5, 23, 64, 8), 115);
  resize(mi_realloc_aligned_at(LAST, 1150, 64, 8), 115, 1150);
  keep(mi_zalloc_aligned(116, 64), 116);
  resize(mi_realloc_aligned(LAST, 1160, 64), 116, 1160);
  resize(mi_rezalloc_aligned(LAST, 2160, 64), 1160, 2160);
  resize(mi_recalloc_aligned(LAST, 10, 300, 64), 2160, 3000);
  keep(mi_posix_memalign((void **)&value, 64, 117) == 0 ? value : NULL, 117);
  keep(mi_memalign(64, 118), 118);
  keep(mi_aligned_alloc(64, 128), 128);
  keep(mi_valloc(119), 119);
  keep(mi_pvalloc(120), 120);
  keep(mi_new(121), 121);
  keep(mi_new_nothrow(122), 122);
  keep(mi_new_aligned(123, 64), 123);
  keep(mi_new_aligned_nothrow(124, 64), 124);
  keep(mi_new_n(5, 25), 125);
  resize(mi_new_realloc(LAST, 1250), 125, 1250);
  resize(mi_new_reallocn(LAST, 100, 20), 1250, 2000);
}

static void of_a_heap(mi_heap_t *heap) {
  keep(mi_heap_malloc(heap, 200), 200);
  keep(mi_heap_malloc_small(heap, 201), 201);
  keep(mi_heap_zalloc(heap, 202), 202);
  keep(mi_heap_calloc(heap, 7, 29), 203);
  keep(mi_heap_mallocn(heap, 4, 51), 204);
  resize(mi_heap_realloc(heap, LAST, 2040), 204, 2040);
  resize(mi_heap_reallocn(heap, LAST, 10, 300), 2040, 3000);
  resize(mi_heap_reallocf(heap, LAST, 4000), 3000, 4000);
  keep(mi_heap_zalloc(heap, 205), 205);
  resize(mi_heap_rezalloc(heap, LAST, 2050), 205, 2050);
  resize(mi_heap_recalloc(heap, LAST, 10, 305), 2050, 3050);
  keep(mi_heap_strdup(heap, "eleven byte"), 12);
  keep(mi_heap_strndup(heap, "eleven byte", 3), 4);
  keep(mi_heap_malloc_aligned(heap, 256, 64), 256);
  keep(mi_heap_zalloc_aligned(heap, 320, 64), 320);
  keep(mi_heap_calloc_aligned(heap, 4, 96, 64), 384);
  resize(mi_heap_realloc_aligned(heap, LAST, 1024, 64), 384, 1024);
  resize(mi_heap_rezalloc_aligned(heap, LAST, 1088, 64), 1024, 1088);
  resize(mi_heap_recalloc_aligned(heap, LAST, 3, 384, 64), 1088, 1152);
  keep(mi_heap_alloc_new(heap, 206), 206);
  keep(mi_heap_alloc_new_n(heap, 3, 69), 207);
}

__attribute__((noinline)) static void work(void) {
  of_the_default_heap();
  for (int i = 0; i < 8; i++) keep(malloc(300), 300);
  mi_free(kept[at - 1]), tally_loss(300);
  mi_cfree(kept[at - 2]), tally_loss(300);
  mi_free_size(kept[at - 3], 300), tally_loss(300);
  mi_free_aligned(kept[at - 4], 8), tally_loss(300);
  mi_free_size_aligned(kept[at - 5], 300, 8), tally_loss(300);
  free(kept[0]), tally_loss(100);

  mi_heap_t *heap = mi_heap_new();
  of_a_heap(heap);
  mi_heap_delete(heap); /* its blocks live on */

  long blocks = tally.allocations - tally.frees, bytes = tally.bytes;
  heap = mi_heap_new();
  of_a_heap(heap);
  for (int i = 0; i < 1000; i++) tally_gain(mi_heap_malloc(heap, 16 + (size_t)i), 16 + (size_t)i);
  mi_heap_destroy(heap); /* its blocks do not */
  tally.frees = tally.allocations - blocks;
  tally.bytes = bytes;
}

int main(void) {
  work();
  tally_print();
  return 0;
}
