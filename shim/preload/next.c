/* next.c: see next.h. */
#include "next.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>

#include "base/sys.h"

#define POOL_BYTES (UINT64_C(64) << 10)
#define POOL_ALIGNMENT 64u

#pragma weak dladdr1 /* not in every C library */

struct mt_next mt_next;
struct mt_before_us mt_before_us;

static struct {
  char first[POOL_BYTES] __attribute__((aligned(POOL_ALIGNMENT)));
  char *at; /* NULL: nothing used */
  char *end;
  /* The pool goes on in mapped regions, each of which begins with this link. */
  struct mt_pool_region {
    struct mt_pool_region *previous;
    char *end;
  } * regions;
} pool;

uintptr_t mt_pool_start;
size_t mt_pool_span;
static bool finding;

static const void *module_of(const void *address) {
  Dl_info info;
  return dladdr(address, &info) != 0 ? info.dli_fbase : NULL;
}

/*
 * The function that the program's calls reach before they would reach ours; NULL if that is ours. A
 * program that is linked to one place and takes the function's address has an entry of its own that
 * leads on to whoever defines it, and that entry is what dlsym finds: no definition, so not asked.
 */
static void *find_before_us(const char *name) {
  void *first = dlsym(RTLD_DEFAULT, name);
  const ElfW(Sym) *symbol = NULL;
  Dl_info info;
  if (first == NULL || dladdr1 == NULL ||
      dladdr1(first, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0)
    return NULL;
  bool is_defined = symbol != NULL && symbol->st_shndx != SHN_UNDEF;
  return is_defined && info.dli_fbase != module_of(&mt_next) ? first : NULL;
}

/* Always what comes after us: a wrapper that stands before us has handed on to us, and would get
 * its own call back. */
static void *find(const char *name) { return dlsym(RTLD_NEXT, name); }

bool mt_next_find(void) {
  if (mt_next.malloc != NULL) return true;
  if (finding) return false;
  finding = true;
  struct mt_next found = {0};
#define FIND(name) *(void **)&found.name = find(#name)
  FIND(free);
  FIND(calloc);
  FIND(realloc);
  FIND(posix_memalign);
  FIND(aligned_alloc);
  FIND(memalign);
  FIND(valloc);
  FIND(pvalloc);
  FIND(malloc);
#undef FIND
  if (find_before_us("realloc") != NULL) {
    *(void **)&mt_before_us.reallocarray = find("reallocarray");
  }
  mt_next = found;
  finding = false;
  return true;
}

const char *mt_next_module(bool *preceded) {
  Dl_info info;
  void *serving = find_before_us("malloc");
  *preceded = serving != NULL;
  if (serving == NULL) *(__typeof__(&mt_next.malloc))&serving = mt_next.malloc;
  return dladdr(serving, &info) != 0 ? info.dli_fname : NULL;
}

static void extend_span(const char *start, const char *end) {
  uintptr_t low = (uintptr_t)start, high = (uintptr_t)end;
  if (mt_pool_span != 0 && mt_pool_start < low) low = mt_pool_start;
  if (mt_pool_span != 0 && mt_pool_start + mt_pool_span > high) high = mt_pool_start + mt_pool_span;
  mt_pool_start = low;
  mt_pool_span = high - low;
}

static bool grow(size_t bytes) {
  size_t region_bytes = bytes + POOL_BYTES;
  struct mt_pool_region *region = mt_sys_map_private(region_bytes);
  if (region == NULL) return false;
  region->previous = pool.regions;
  region->end = (char *)region + region_bytes;
  pool.regions = region;
  extend_span((const char *)region, region->end);
  pool.at = (char *)region + POOL_ALIGNMENT;
  pool.end = region->end;
  return true;
}

void *mt_pool_allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
  size_t needed = (bytes + 2 * POOL_ALIGNMENT - 1) & ~(size_t)(POOL_ALIGNMENT - 1);
  if (pool.at == NULL) {
    pool.at = pool.first;
    pool.end = pool.first + POOL_BYTES;
    extend_span(pool.first, pool.end);
  }
  if ((size_t)(pool.end - pool.at) < needed && !grow(needed)) return NULL;
  void *block = pool.at;
  pool.at += needed;
  return block;
}

bool mt_pool_holds(const void *block) {
  const char *address = block;
  if (address >= pool.first && address < pool.first + POOL_BYTES) return true;
  for (const struct mt_pool_region *region = pool.regions; region != NULL;
       region = region->previous) {
    if (address >= (const char *)region && address < region->end) return true;
  }
  return false;
}

size_t mt_pool_bytes(const void *block) {
  const char *address = block;
  if (address >= pool.first && address < pool.first + POOL_BYTES) {
    return (size_t)(pool.first + POOL_BYTES - address);
  }
  for (const struct mt_pool_region *region = pool.regions; region != NULL;
       region = region->previous) {
    if (address >= (const char *)region && address < region->end) {
      return (size_t)(region->end - address);
    }
  }
  return 0;
}
