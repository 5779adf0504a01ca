/* A malloc and a free that count their calls and hand them on to the next definition, as people put
 * before an allocator to watch it: in a program of its own, or (-DLIBRARY) in a library. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void *malloc(size_t bytes);
void free(void *block);

static unsigned long allocated, freed;

void *malloc(size_t bytes) {
  static void *(*next)(size_t);
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "malloc");
  allocated++;
  return next(bytes);
}

void free(void *block) {
  static void (*next)(void *);
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "free");
  freed++;
  next(block);
}

#ifndef LIBRARY
static __attribute__((noinline)) void work(void) {
  for (int i = 0; i < 100; i++) {
    void *volatile block = malloc(10);
    if (i % 2 == 1) free(block);
    void *volatile other = calloc(3, 7); /* not ours: it goes past the wrapper */
    other = reallocarray(other, 5, 20);
    free(other);
  }
}

int main(void) {
  const char *message = dlerror(); /* nobody has asked the loader in vain */
  work();
  printf("%s, %s, %s\n", allocated >= 100 ? "counted" : "missed",
         freed >= 150 ? "counted" : "missed", message == NULL ? "no message" : message);
  return 3;
}
#endif
