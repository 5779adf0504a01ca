/*
 * What a program sees that asks which allocator it has: by weak references, by dlsym, and by
 * comparing the address that it finds with the one that it calls. Prints a line that must be the
 * same with and without the recorder.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

/* clang-format off */
#define NAMES(X) \
  X(mallocx) X(rallocx) X(xallocx) X(sdallocx) X(dallocx) \
  X(je_malloc) X(je_mallocx) X(mi_malloc) X(mi_free) X(mi_heap_malloc) \
  X(mi_heap_destroy) X(tc_malloc) X(tc_free) X(tc_new) X(TCMallocInternalMalloc) \
  X(__libc_malloc) X(__libc_free) X(__libc_memalign) X(_Znwm) X(_ZdlPv) \
  X(_ZnwmSt11align_val_t) X(free_sized) X(free_aligned_sized) \
  X(reallocf) X(vfree) X(cfree) X(_aligned_malloc)
/* clang-format on */

#define DECLARE(name) void name(void) __attribute__((weak));
NAMES(DECLARE)

#define SAY(name)                                                     \
  printf(" %d%d%d", name != NULL, dlsym(RTLD_DEFAULT, #name) != NULL, \
         dlsym(RTLD_DEFAULT, #name) == (void *)(name));

int main(void) {
  NAMES(SAY)
  puts("");
  return 0;
}
