/*
 * exact_counter.c: counts what a program allocates, exactly: a library to be preloaded behind the
 * recorder, LD_PRELOAD=libmemtrace.so:exact_counter.so, so that it is the allocator whom the
 * recorder calls. One lock goes around each call of the next allocator and the counting of it. That
 * orders the threads, so what it says is exact, and what it says of the order is that of this run.
 *
 * The figures stand in a file that is mapped, COUNTER_OUTPUT.PID: they are there however the
 * process ends. exact_counter.py reads them. A forked child has a file of its own, and counts from
 * nothing; frees of blocks that it inherited are counted apart.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The allocator behind this one. */
static struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void *(*memalign)(size_t, size_t);
  void (*free)(void *);
} next;

enum { THREADS_MAX = 16384, SLOTS_FIRST = 1 << 16 };

struct thread_figures {
  uint64_t tid, allocations, bytes, frees, temporaries;
};

/* What exact_counter.py reads. */
struct figures {
  uint64_t pid, allocations, frees, bytes, live_blocks, live_bytes, peak_blocks, peak_bytes,
      temporaries, unknown_frees, threads;
  struct thread_figures thread[THREADS_MAX];
};

struct block {
  uintptr_t address; /* 0: free place; 1: one was there */
  uint64_t bytes;
  uint32_t thread;
  uint32_t sequence;
};

static struct {
  struct block *places;
  size_t count, used; /* used: with those where a block was */
} table;

static struct figures *figures;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread uint32_t self __attribute__((tls_model("initial-exec"))); /* place + 1 */

static void *map(size_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) abort();
  return memory;
}

static void open_figures(void) {
  const char *prefix = getenv("COUNTER_OUTPUT");
  char path[4096];
  snprintf(path, sizeof path, "%s.%d", prefix != NULL ? prefix : "counter", (int)getpid());
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  figures = MAP_FAILED;
  if (file >= 0 && ftruncate(file, sizeof *figures) == 0) {
    figures = mmap(NULL, sizeof *figures, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  if (figures == MAP_FAILED) figures = map(sizeof *figures);
  if (file >= 0) close(file);
  figures->pid = (uint64_t)getpid();
}

/* glibc's dlsym allocates nothing where it finds something. */
static void find_next(void) {
  *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
  *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
  *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
  *(void **)&next.memalign = dlsym(RTLD_NEXT, "memalign");
  *(void **)&next.free = dlsym(RTLD_NEXT, "free");
  if (next.memalign == NULL) abort();
}

static void begin(void) {
  if (next.malloc == NULL) find_next();
  table.count = SLOTS_FIRST;
  table.places = map(table.count * sizeof *table.places);
  open_figures();
}

static void take_lock(void) {
  pthread_mutex_lock(&lock);
  if (figures == NULL) begin();
}

/* MARK: Forks: the child finds the lock free, its figures its own */

static void before_fork(void) { pthread_mutex_lock(&lock); }
static void after_fork(void) { pthread_mutex_unlock(&lock); }
static void in_child(void) {
  munmap(figures, sizeof *figures);
  munmap(table.places, table.count * sizeof *table.places);
  table.used = 0;
  self = 0;
  begin();
  pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void start(void) {
  pthread_atfork(before_fork, after_fork, in_child);
}

/* MARK: The live blocks */

static struct block *place_of(uintptr_t address) {
  size_t at = (address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20 & (table.count - 1);
  while (table.places[at].address != 0 && table.places[at].address != address) {
    at = (at + 1) & (table.count - 1);
  }
  return &table.places[at];
}

static void grow(void) {
  struct block *old = table.places;
  size_t count = table.count;
  if (figures->live_blocks * 4 > count) table.count *= 2;
  table.places = map(table.count * sizeof *table.places);
  table.used = 0;
  for (size_t i = 0; i < count; i++) {
    if (old[i].address <= 1) continue;
    *place_of(old[i].address) = old[i];
    table.used++;
  }
  munmap(old, count * sizeof *old);
}

static struct thread_figures *own_figures(void) {
  if (self == 0) {
    self = figures->threads < THREADS_MAX ? (uint32_t)++figures->threads : THREADS_MAX;
    figures->thread[self - 1].tid = (uint64_t)syscall(SYS_gettid);
  }
  return &figures->thread[self - 1];
}

static void count_allocation(void *address, size_t bytes) {
  struct thread_figures *own = own_figures();
  if (table.used * 2 > table.count) grow();
  struct block *block = place_of((uintptr_t)address);
  if (block->address == 0) table.used++;
  if (block->address > 1) { /* it was freed behind our back: by the C library, within itself */
    figures->live_blocks--;
    figures->live_bytes -= block->bytes;
  }
  own->allocations++;
  own->bytes += bytes;
  *block = (struct block){(uintptr_t)address, bytes, self - 1, (uint32_t)own->allocations};
  figures->allocations++;
  figures->bytes += bytes;
  figures->live_blocks++;
  figures->live_bytes += bytes;
  if (figures->live_bytes > figures->peak_bytes) {
    figures->peak_bytes = figures->live_bytes;
    figures->peak_blocks = figures->live_blocks;
  }
}

static void count_free(void *address) {
  own_figures()->frees++;
  figures->frees++;
  struct block *block = place_of((uintptr_t)address);
  if (block->address == 0) {
    figures->unknown_frees++;
    return;
  }
  struct thread_figures *owner = &figures->thread[block->thread];
  if ((uint32_t)owner->allocations == block->sequence) {
    owner->temporaries++;
    figures->temporaries++;
  }
  figures->live_blocks--;
  figures->live_bytes -= block->bytes;
  block->address = 1;
}

/* MARK: The family */

#define COUNTED(call, bytes)                         \
  ({                                                 \
    take_lock();                                     \
    void *made = (call);                             \
    if (made != NULL) count_allocation(made, bytes); \
    int kept = errno;                                \
    pthread_mutex_unlock(&lock);                     \
    errno = kept;                                    \
    made;                                            \
  })

/* Never by each other's public names, which are the recorder's. */
static void *allocate(size_t bytes) { return COUNTED(next.malloc(bytes), bytes); }
static void *allocate_aligned(size_t alignment, size_t bytes) {
  return COUNTED(next.memalign(alignment, bytes), bytes);
}

static void *resize(void *old, size_t bytes) {
  if (old == NULL) return allocate(bytes);
  take_lock();
  void *made = next.realloc(old, bytes);
  int kept = errno;
  if (made != NULL || bytes == 0) count_free(old);
  if (made != NULL) count_allocation(made, bytes);
  pthread_mutex_unlock(&lock);
  errno = kept;
  return made;
}

void *malloc(size_t bytes) { return allocate(bytes); }
void *calloc(size_t count, size_t bytes) {
  return COUNTED(next.calloc(count, bytes), count * bytes);
}
void *realloc(void *old, size_t bytes) { return resize(old, bytes); }
void *memalign(size_t alignment, size_t bytes) { return allocate_aligned(alignment, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return allocate_aligned(alignment, bytes); }
void *valloc(size_t bytes) { return allocate_aligned(4096, bytes); }
void *pvalloc(size_t bytes) {
  return COUNTED(next.memalign(4096, (bytes + 4095) & ~(size_t)4095), bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  int kept = errno;
  void *block = allocate_aligned(alignment, bytes);
  errno = kept;
  if (block == NULL) return ENOMEM;
  *result = block;
  return 0;
}

void free(void *block) {
  if (block == NULL) return;
  int kept = errno;
  take_lock();
  count_free(block);
  next.free(block);
  pthread_mutex_unlock(&lock);
  errno = kept;
}

void *reallocarray(void *old, size_t count, size_t bytes) {
  size_t product;
  if (__builtin_mul_overflow(count, bytes, &product)) {
    errno = ENOMEM;
    return NULL;
  }
  return resize(old, product);
}
