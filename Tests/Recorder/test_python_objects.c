/*
 * test_python_objects.c: the wrap around an interpreter's allocators (hooks/python_objects.h), over
 * an interpreter of hand-made functions: what lies in an arena is recorded once, by its outermost
 * allocator; what does not is left to malloc; realloc between the two; allocators that are set anew
 * or put above ours; arenas that are no mappings, that come and go, that a process has too many of.
 */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "file/live_region.h"
#include "hooks/python_arenas.h"
#include "hooks/python_objects.h"
#include "hooks/record.h"
#include "python/interpreter.h"

#define EXPORT __attribute__((visibility("default")))

static unsigned failures;

static void expect(bool holds, const char *what) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s\n", what);
}

/* ---- What is recorded: as text, a letter, the block's offset in the pool, its bytes ---- */

static char log_text[4096];
static char *pool;

static void note(char kind, const void *block, size_t bytes) {
  char event[48];
  long offset = (const char *)block - pool;
  snprintf(event, sizeof event, "%c%ld:%zu ", kind, offset, bytes);
  strncat(log_text, event, sizeof log_text - strlen(log_text) - 1);
}

void mt_record_object(const void *block, size_t bytes, const void *frame) {
  (void)frame;
  note('a', block, bytes);
}
void mt_record_release(const void *block, const void *frame) {
  (void)frame;
  note('f', block, 0);
}
bool mt_record_realloc_begin(const void *old, const void *frame) {
  (void)frame;
  note('b', old, 0);
  return true;
}
void mt_record_object_realloc_end(const void *block, size_t bytes, const void *frame) {
  (void)frame;
  note('e', block, bytes);
}
void mt_record_realloc_failed(const void *old, bool begun, const void *frame) {
  (void)begun, (void)frame;
  note('x', old, 0);
}

static void expect_log(const char *expected, const char *what) {
  expect(strcmp(log_text, expected) == 0, what);
  if (strcmp(log_text, expected) != 0) fprintf(stderr, "  %s instead of %s\n", log_text, expected);
  log_text[0] = '\0';
}

static struct mt_live_header live_header;
struct mt_live_region mt_live_region = {.header = &live_header};
struct mt_python_interpreter mt_python_interpreter;

/* ---- An interpreter ---- */

struct domain {
  void *context;
  void *(*malloc)(void *, size_t);
  void *(*calloc)(void *, size_t, size_t);
  void *(*realloc)(void *, void *, size_t);
  void (*free)(void *, void *);
};
struct arenas {
  void *context;
  void *(*allocate)(void *, size_t);
  void (*free)(void *, void *, size_t);
};
static struct domain domains[3];
static struct arenas arenas;

EXPORT void PyMem_GetAllocator(int domain, struct domain *to);
EXPORT void PyMem_SetAllocator(int domain, const struct domain *from);
EXPORT void PyObject_GetArenaAllocator(struct arenas *to);
EXPORT void PyObject_SetArenaAllocator(const struct arenas *from);
void PyMem_GetAllocator(int domain, struct domain *to) { *to = domains[domain]; }
void PyMem_SetAllocator(int domain, const struct domain *from) { domains[domain] = *from; }
void PyObject_GetArenaAllocator(struct arenas *to) { *to = arenas; }
void PyObject_SetArenaAllocator(const struct arenas *from) { arenas = *from; }

#define ARENA_BYTES (256u << 10)
static size_t used;        /* of the pool */
static bool has_no_memory; /* the next call fails */

/* Up to 512 bytes from the pool, whose first use asks for an arena. */
static void *small_malloc(void *context, size_t bytes) {
  (void)context;
  if (has_no_memory) return NULL;
  if (bytes > 512) return malloc(bytes);
  if (used == 0) arenas.allocate(arenas.context, ARENA_BYTES);
  used += 512;
  return pool + used - 512;
}
static void *small_calloc(void *context, size_t count, size_t bytes) {
  return small_malloc(context, count * bytes);
}
static void *small_realloc(void *context, void *old, size_t bytes) {
  (void)old;
  return small_malloc(context, bytes);
}
static void small_free(void *context, void *block) { (void)context, (void)block; }
static void *pool_as_arena(void *context, size_t bytes) {
  (void)context, (void)bytes;
  return pool;
}
static void nothing(void *context, void *arena, size_t bytes) {
  (void)context, (void)arena, (void)bytes;
}

static const struct domain plain = {NULL, small_malloc, small_calloc, small_realloc, small_free};

/* An allocator above another one, which hands out an address of its own in each block. */
static struct domain below_debug;
static void *debug_malloc(void *context, size_t bytes) {
  (void)context;
  return (char *)below_debug.malloc(below_debug.context, bytes + 16) + 16;
}
static void debug_free(void *context, void *block) {
  (void)context;
  below_debug.free(below_debug.context, (char *)block - 16);
}
static const struct domain debug = {NULL, debug_malloc, small_calloc, small_realloc, debug_free};

static int look_at(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes, (void)context;
  struct mt_module_image image = {.base = info->dlpi_addr,
                                  .headers = (uintptr_t)info->dlpi_phdr,
                                  .header_count = info->dlpi_phnum,
                                  .start = info->dlpi_addr,
                                  .end = info->dlpi_addr + (16 << 20)};
  mt_python_objects_look_at(&image);
  return 1; /* the program alone */
}

static void *take(size_t bytes) { return domains[2].malloc(domains[2].context, bytes); }
static void give(void *block) { domains[2].free(domains[2].context, block); }

static void test_blocks(void) {
  void *small = take(100);
  expect_log("a0:100 ", "a block of an arena, the first");
  void *large = take(600);
  expect_log("", "what reaches malloc is malloc's");
  give(large);
  give(small);
  give(NULL);
  expect_log("f0:0 ", "releases");
  domains[1].calloc(domains[1].context, 3, 20);
  expect_log("a512:60 ", "calloc, of another domain");
  void *grown = domains[2].realloc(domains[2].context, pool + 512, 200);
  expect_log("b512:0 e1024:200 ", "realloc within arenas");
  grown = domains[2].realloc(domains[2].context, grown, 2000);
  expect_log("b1024:0 ", "realloc from an arena to malloc");
  domains[2].realloc(domains[2].context, grown, 50);
  expect_log("a1536:50 ", "and back: malloc's hook has seen its release");
  domains[2].realloc(domains[2].context, NULL, 60);
  expect_log("a2048:60 ", "realloc of nothing");
  has_no_memory = true;
  domains[2].realloc(domains[2].context, pool + 2048, 70);
  expect_log("b2048:0 x2048:0 ", "a realloc that fails");
  take(10);
  expect_log("", "an allocation that fails");
  has_no_memory = false;
}

static void test_others(void) {
  below_debug = domains[2];
  domains[2] = debug; /* above ours: ours is still called, and is the only one */
  void *block = take(100);
  expect_log("a2560:116 ", "an allocator above ours");
  dl_iterate_phdr(look_at, NULL); /* now ours is above that, too */
  give(block);
  expect_log("f2576:0 ", "and between two of ours: the outermost counts");
  take(100);
  expect_log("a3088:100 ", "once");
  for (int domain = 0; domain < 3; domain++) domains[domain] = plain; /* set anew */
  used = 0;
  take(100);
  expect_log("", "after that nobody sees the block that needs the first arena");
  take(100);
  expect_log("a512:100 ", "which tells: they are wrapped again");
}

static void test_arenas(void) {
  void *(*allocate)(void *, size_t) = arenas.allocate;
  char *mapping = pool;
  expect(mt_arenas_hold(mapping) && mt_arenas_hold(mapping + ARENA_BYTES - 1), "all of an arena");
  expect(!mt_arenas_hold(mapping - 1) && !mt_arenas_hold(mapping + ARENA_BYTES), "and no more");
  pool += 16;
  uint64_t unseen = live_header.counters[MT_COUNTER_PYTHON_UNSEEN];
  allocate(arenas.context, ARENA_BYTES);
  expect(live_header.counters[MT_COUNTER_PYTHON_UNSEEN] == unseen + 1,
         "an arena that is no mapping is counted as unseen");
  pool -= 16;
  arenas.free(arenas.context, mapping, ARENA_BYTES);
  expect(!mt_arenas_hold(mapping), "an arena that is gone");
  expect(!mt_arenas_hold((void *)(UINT64_MAX - 8)) && !mt_arenas_hold(NULL), "no address");
  expect(!mt_arenas_add((void *)(UINT64_C(1) << 50), ARENA_BYTES), "an arena that cannot be");
  char *edge = (char *)(UINT64_C(5) << MT_ARENA_SEGMENT_SHIFT) - ARENA_BYTES / 2;
  expect(mt_arenas_add(edge, ARENA_BYTES) && mt_arenas_hold(edge) &&
             mt_arenas_hold(edge + ARENA_BYTES - 8),
         "an arena in two segments");
}

int main(void) {
  pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int domain = 0; domain < 3; domain++) domains[domain] = plain;
  arenas = (struct arenas){NULL, pool_as_arena, nothing};
  dl_iterate_phdr(look_at, NULL);
  expect(live_header.counters[MT_COUNTER_PYTHON_OBJECTS] == 1, "it is said");
  test_blocks();
  test_others();
  test_arenas();
  return failures != 0;
}
