/*
 * unwind_library.c: a library that is loaded and closed. Built twice, with VARIANT 1 and 2: the
 * same layout, other frames at the same addresses.
 */
#if VARIANT == 1
#define ROOM 40
#else
#define ROOM 400
#endif

typedef void (*callback)(void);

callback library_resolver;

static void target(void) {}

/* Runs when library_indirect is first bound, under the loader's lazy binding code. */
static callback resolve(void) {
  if (library_resolver) library_resolver();
  return target;
}

void library_indirect(void) __attribute__((ifunc("resolve")));

void library_lazy(void) {
  library_indirect();
  __asm__ volatile("");
}

__attribute__((aligned(256))) void library_entry(callback call) {
  volatile char room[ROOM];
  room[ROOM - 1] = 1;
  call();
  room[0] = room[ROOM - 1];
}
