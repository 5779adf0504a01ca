/*
 * unwind_preload.c: a preload library with the unwinder alone: every allocation is unwound and
 * interned, nothing is recorded. Runs whole programs under MT_UNWIND_CHECK, and times the unwinder
 * without the rest.
 *
 *   UNWIND_MODE=fast|libunwind|fp|check   UNWIND_DEPTH=n   UNWIND_REPORT=file (%p: pid)
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "modules/modules.h"
#include "stacks/stacks.h"
#include "trace_format.h"
#include "unwind/unwind.h"

#define EXPORT __attribute__((visibility("default")))

static struct {
  void *(*malloc)(size_t);
  void (*free)(void *);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  int (*dlclose)(void *);
} next;

static char early_pool[65536] __attribute__((aligned(16)));
static size_t early_used;
static __thread int busy;
static __thread struct mt_unwind_thread *state;
static int ready;
static uint64_t counters[MT_COUNTER_COUNT];
static uint64_t events, nodes, modules;

static void count_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self, (void)id, (void)pc, (void)parent;
  mt_add_relaxed(&nodes, 1);
}

static void count_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self, (void)records, (void)bytes;
  mt_add_relaxed(&modules, 1);
}

static struct mt_sink sink = {count_node, count_records};

static void look_up_next(void) {
  busy++;
  *(void **)&next.free = dlsym(RTLD_NEXT, "free");
  *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
  *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
  *(void **)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
  *(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
  *(void **)&next.dlclose = dlsym(RTLD_NEXT, "dlclose");
  *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
  busy--;
}

static void *early(size_t bytes) {
  size_t at = early_used;
  early_used += (bytes + 15) & ~(size_t)15;
  return at + bytes <= sizeof early_pool ? early_pool + at : NULL;
}

static int is_early(const void *p) {
  return (const char *)p >= early_pool && (const char *)p < early_pool + sizeof early_pool;
}

static __attribute__((noinline)) void record(const struct mt_frame_start *start) {
  if (!ready || busy) return;
  busy++;
  if (!state) {
    state = mt_sys_map_private(mt_unwind_thread_bytes());
    if (state) mt_unwind_thread_reset(state);
  }
  if (state) mt_unwind(state, &sink, start);
  mt_add_relaxed(&events, 1);
  busy--;
}

#define RECORD()                                    \
  do {                                              \
    struct mt_frame_start start = MT_FRAME_START(); \
    record(&start);                                 \
  } while (0)

EXPORT void *malloc(size_t bytes) {
  if (!next.malloc) {
    if (busy) return early(bytes);
    look_up_next();
  }
  void *p = next.malloc(bytes);
  RECORD();
  return p;
}

EXPORT void free(void *p) {
  if (p && !is_early(p) && next.free) next.free(p);
}

EXPORT void *calloc(size_t n, size_t bytes) {
  if (!next.malloc) {
    if (busy) return early(n * bytes);
    look_up_next();
  }
  void *p = next.calloc(n, bytes);
  RECORD();
  return p;
}

EXPORT void *realloc(void *old, size_t bytes) {
  if (!next.malloc) look_up_next();
  if (is_early(old)) {
    void *p = next.malloc(bytes);
    return p ? memcpy(p, old, bytes) : p;
  }
  void *p = next.realloc(old, bytes);
  RECORD();
  return p;
}

EXPORT int posix_memalign(void **p, size_t align, size_t bytes) {
  if (!next.malloc) look_up_next();
  int error = next.posix_memalign(p, align, bytes);
  RECORD();
  return error;
}

EXPORT void *aligned_alloc(size_t align, size_t bytes) {
  if (!next.malloc) look_up_next();
  void *p = next.aligned_alloc(align, bytes);
  RECORD();
  return p;
}

EXPORT int dlclose(void *handle) {
  if (!next.malloc) look_up_next();
  mt_modules_closing();
  int result = next.dlclose(handle);
  busy++;
  mt_modules_closed(&sink, 0);
  busy--;
  return result;
}

static enum mt_unwind_mode wanted_mode(void) {
  const char *mode = getenv("UNWIND_MODE");
  if (mode && strcmp(mode, "libunwind") == 0) return MT_UNWIND_LIBUNWIND;
  if (mode && strcmp(mode, "fp") == 0) return MT_UNWIND_FP;
  if (mode && strcmp(mode, "check") == 0) return MT_UNWIND_CHECK;
  return MT_UNWIND_FAST;
}

static __attribute__((constructor)) void start(void) {
  if (!next.malloc) look_up_next();
  busy++;
  mt_modules_configure(NULL);
  const char *depth = getenv("UNWIND_DEPTH");
  mt_unwind_configure(wanted_mode(), depth ? (uint32_t)atoi(depth) : MT_DEPTH_DEFAULT, counters);
  mt_modules_announce_all(&sink, 0);
  busy--;
  mt_store_release(&ready, 1);
}

static void copy_maps(int fd) {
  char buffer[4096];
  int maps = (int)mt_sys_open("/proc/self/maps", O_RDONLY, 0);
  for (long n; maps >= 0 && (n = mt_sys_read(maps, buffer, sizeof buffer)) > 0;)
    mt_sys_write(fd, buffer, (size_t)n);
  if (maps >= 0) mt_sys_close(maps);
}

static __attribute__((destructor)) void report(void) {
  const char *path = getenv("UNWIND_REPORT");
  if (!path) return;
  busy++;
  char name[4096], text[512];
  const char *mark = strstr(path, "%p");
  if (mark)
    snprintf(name, sizeof name, "%.*s%d%s", (int)(mark - path), path, (int)getpid(), mark + 2);
  else
    snprintf(name, sizeof name, "%s", path);
  int fd = (int)mt_sys_open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  int length =
      snprintf(text, sizeof text,
               "events %llu\nnodes %llu\nmodules %llu\ncut %llu\nbroken %llu\n"
               "fallbacks %llu\ndifferences %llu\n",
               (unsigned long long)events, (unsigned long long)nodes, (unsigned long long)modules,
               (unsigned long long)counters[MT_COUNTER_STACKS_CUT],
               (unsigned long long)counters[MT_COUNTER_STACKS_BROKEN],
               (unsigned long long)counters[MT_COUNTER_UNWIND_FALLBACKS],
               (unsigned long long)counters[MT_COUNTER_UNWIND_DIFFERENCES]);
  mt_sys_write(fd, text, (size_t)length);
  size_t bytes;
  const char *differences = mt_unwind_differences(&bytes);
  if (bytes) {
    mt_sys_write(fd, differences, bytes);
    copy_maps(fd);
  }
  mt_sys_close(fd);
  busy--;
}
