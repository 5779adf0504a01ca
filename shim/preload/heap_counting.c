/* heap_counting.c: see heap_counting.h. All functions of the family here are [hook]. */
#include "heap_counting.h"

#include <dlfcn.h>
#include <malloc.h>

#include "entry_hooks.h"
#include "next.h"
#include "process/live_heap.h"
#include "rings/thread.h"

extern const char *gnu_get_libc_version(void) __attribute__((weak));

static struct mt_next real;
static size_t (*usable_size)(void *);

static uint32_t shard(void) {
  const struct mt_thread *thread = mt_self;
  return thread != NULL ? thread->slot : 0;
}

static void *counted(void *block) {
  if (block != NULL) mt_live_heap_add(shard(), (int64_t)usable_size(block), 1);
  return block;
}

static void uncount(int64_t bytes) { mt_live_heap_add(shard(), -bytes, -1); }

static void *count_malloc(size_t size) { return counted(real.malloc(size)); }
static void *count_calloc(size_t count, size_t size) { return counted(real.calloc(count, size)); }
static void *count_valloc(size_t size) { return counted(real.valloc(size)); }
static void *count_pvalloc(size_t size) { return counted(real.pvalloc(size)); }

static void *count_aligned_alloc(size_t alignment, size_t size) {
  return counted(real.aligned_alloc(alignment, size));
}

static void *count_memalign(size_t alignment, size_t size) {
  return counted(real.memalign(alignment, size));
}

static int count_posix_memalign(void **result, size_t alignment, size_t size) {
  int error = real.posix_memalign(result, alignment, size);
  if (error == 0) counted(*result);
  return error;
}

static void count_free(void *block) {
  if (block != NULL) uncount((int64_t)usable_size(block));
  real.free(block);
}

static void *count_realloc(void *old, size_t size) {
  int64_t before = old != NULL ? (int64_t)usable_size(old) : 0;
  void *block = real.realloc(old, size);
  if (old != NULL && (block != NULL || size == 0)) uncount(before);
  return counted(block);
}

static const struct mt_next counting = {
    .malloc = count_malloc,
    .free = count_free,
    .calloc = count_calloc,
    .realloc = count_realloc,
    .posix_memalign = count_posix_memalign,
    .aligned_alloc = count_aligned_alloc,
    .memalign = count_memalign,
    .valloc = count_valloc,
    .pvalloc = count_pvalloc,
};

#define FAMILY_COUNT (sizeof(struct mt_next) / sizeof(uintptr_t))

static const void *module_of(uintptr_t address) {
  Dl_info info;
  return address != 0 && dladdr((const void *)address, &info) != 0 ? info.dli_fbase : NULL;
}

bool mt_heap_counting_is_possible(void) {
  if (gnu_get_libc_version == NULL) return false;
  const void *library = module_of((uintptr_t)gnu_get_libc_version);
  *(void **)&usable_size = dlsym(RTLD_NEXT, "malloc_usable_size");
  bool possible = module_of((uintptr_t)usable_size) == library;
  for (size_t i = 0; i < FAMILY_COUNT; i++) {
    possible &= module_of(((const uintptr_t *)&mt_next)[i]) == library;
  }
  return possible;
}

void mt_heap_counting_install(void) {
  real = mt_next;
  const uintptr_t *before = (const uintptr_t *)&real, *after = (const uintptr_t *)&counting;
  /* Calls that reach the C library's functions past ours lead to the same blocks. */
  for (uint32_t entry = 0; entry < MT_ENTRY_COUNT; entry++) {
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
      if (mt_entry_targets[entry].function == before[i])
        mt_entry_targets[entry].function = after[i];
    }
  }
  mt_next = counting;
}
