/*
 * exchange.c: a random program of many threads that hand blocks to each other, and a log of what it
 * did. `exchange SEED LOG` draws its shape and every step from the seed. Threads pass blocks on
 * through a bounded queue whose ends block, and through mailboxes where the receiver spins; they
 * free, resize or keep what they get; others live only for a few blocks. Between phases all threads
 * stand still while the main thread sets a mark.
 *
 * Each thread logs its own calls, with the time before and after, into memory of its own: nothing
 * that the log needs orders one thread after another, so an order that a recorder got wrong is not
 * hidden by it. known_answers.py reads the log. A block's first word is its number, which a realloc
 * keeps.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "memtrace.h"

enum { ALLOCATE = 0, FREE = 1, RESIZE = 2, MARK = 3 };

struct entry {
  uint64_t before_ns, after_ns;
  uint64_t block; /* its number; of a resize the new one, of a mark its phase */
  uint64_t old;   /* of a resize: the old block's number */
  uint64_t bytes;
  uint64_t what; /* operation in the low 8 bits, site above */
};

enum { ENTRIES_MAX = 1 << 15, LOGS_MAX = 1024, OWN_MAX = 64, MAILBOXES = 4, QUEUE_MAX = 64 };

struct log {
  struct entry *entries;
  uint32_t count;
  uint32_t made; /* blocks */
};

static struct log logs[LOGS_MAX];
static atomic_uint log_count;

struct shape {
  unsigned threads, steps, phases, queue_depth, sizes, short_threads, spin_share, rest_share;
};
static struct shape shape;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- random numbers: splitmix64 ---- */

static uint64_t draw(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static unsigned below(uint64_t *state, unsigned limit) { return (unsigned)(draw(state) % limit); }

/* ---- what is logged ---- */

struct worker {
  struct log *log;
  uint64_t number; /* of the log */
  uint64_t random;
  void *own[OWN_MAX];
};

static struct worker begin_worker(uint64_t random) {
  struct worker worker = {.random = random, .number = atomic_fetch_add(&log_count, 1)};
  if (worker.number >= LOGS_MAX) abort();
  worker.log = &logs[worker.number];
  worker.log->entries = mmap(NULL, ENTRIES_MAX * sizeof(struct entry), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (worker.log->entries == MAP_FAILED) abort();
  return worker;
}

static bool has_room(const struct worker *worker) {
  return worker->log->count < ENTRIES_MAX - 2 * OWN_MAX;
}

static struct entry *next_entry(struct worker *worker) {
  if (worker->log->count == ENTRIES_MAX) abort();
  return &worker->log->entries[worker->log->count++];
}

#define SITE(n)                                                   \
  __attribute__((noinline)) static void *site_##n(size_t bytes) { \
    void *block = malloc(bytes);                                  \
    __asm__ volatile("" : : "r"(block) : "memory");               \
    return block;                                                 \
  }
SITE(0)
SITE(1)
SITE(2)
SITE(3)
SITE(4)
SITE(5)

enum { SITES = 6, SITE_RESIZE = 6 };
static void *(*const sites[SITES])(size_t) = {site_0, site_1, site_2, site_3, site_4, site_5};

__attribute__((noinline)) static void *site_resize(void *block, size_t bytes) {
  void *moved = realloc(block, bytes);
  __asm__ volatile("" : : "r"(moved) : "memory");
  return moved;
}

static uint64_t new_number(struct worker *worker) {
  return worker->number << 32 | worker->log->made++;
}

static void *allocate(struct worker *worker, size_t bytes) {
  unsigned site = below(&worker->random, SITES);
  struct entry *entry = next_entry(worker);
  uint64_t before = now();
  uint64_t *block = sites[site](bytes);
  uint64_t after = now();
  if (block == NULL) abort();
  block[0] = new_number(worker);
  *entry = (struct entry){before, after, block[0], 0, bytes, ALLOCATE | (uint64_t)site << 8};
  return block;
}

static void release(struct worker *worker, void *block) {
  struct entry *entry = next_entry(worker);
  uint64_t number = *(uint64_t *)block, before = now();
  free(block);
  *entry = (struct entry){before, now(), number, 0, 0, FREE};
}

static void *resize(struct worker *worker, void *old, size_t bytes) {
  struct entry *entry = next_entry(worker);
  uint64_t old_number = *(uint64_t *)old, before = now();
  uint64_t *block = site_resize(old, bytes);
  uint64_t after = now();
  if (block == NULL) abort();
  block[0] = new_number(worker);
  *entry = (struct entry){before, after, block[0], old_number, bytes, RESIZE | SITE_RESIZE << 8};
  return block;
}

static void mark(struct worker *worker, unsigned phase) {
  char label[24];
  snprintf(label, sizeof label, "phase %u", phase);
  struct entry *entry = next_entry(worker);
  uint64_t before = now();
  memtrace_mark(label);
  *entry = (struct entry){before, now(), phase, 0, 0, MARK};
}

/* Small blocks alone; all sizes; large blocks alone. */
static size_t size(struct worker *worker) {
  unsigned bits = shape.sizes == 0   ? 4 + below(&worker->random, 6)
                  : shape.sizes == 1 ? 4 + below(&worker->random, 14)
                                     : 16 + below(&worker->random, 4);
  return ((size_t)1 << bits) + below(&worker->random, 1u << bits);
}

/* ---- hand-over ---- */

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t room, filled;
  void *blocks[QUEUE_MAX];
  unsigned first, count;
} queue = {.mutex = PTHREAD_MUTEX_INITIALIZER,
           .room = PTHREAD_COND_INITIALIZER,
           .filled = PTHREAD_COND_INITIALIZER};

static _Atomic(void *) mailboxes[MAILBOXES];

/* Waits for room only as long as somebody may make it: others wait in here, too. */
static bool put_in_queue(void *block) {
  pthread_mutex_lock(&queue.mutex);
  bool has_space = queue.count < shape.queue_depth;
  if (has_space) {
    queue.blocks[(queue.first + queue.count++) % QUEUE_MAX] = block;
    pthread_cond_signal(&queue.filled);
  }
  pthread_mutex_unlock(&queue.mutex);
  return has_space;
}

static void *take_from_queue(unsigned wait_us) {
  void *block = NULL;
  pthread_mutex_lock(&queue.mutex);
  if (queue.count == 0 && wait_us != 0) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += wait_us * 1000L;
    if (until.tv_nsec >= 1000000000L) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&queue.filled, &queue.mutex, &until);
  }
  if (queue.count != 0) {
    block = queue.blocks[queue.first];
    queue.first = (queue.first + 1) % QUEUE_MAX;
    queue.count--;
  }
  pthread_mutex_unlock(&queue.mutex);
  return block;
}

static bool put_in_mailbox(struct worker *worker, void *block) {
  _Atomic(void *) *box = &mailboxes[below(&worker->random, MAILBOXES)];
  void *empty = NULL;
  return atomic_compare_exchange_strong(box, &empty, block);
}

/* Spins for a while: what is put there meanwhile is taken without a system call in between. */
static void *take_from_mailbox(struct worker *worker) {
  _Atomic(void *) *box = &mailboxes[below(&worker->random, MAILBOXES)];
  for (unsigned spin = 0; spin < 2000; spin++) {
    if (atomic_load_explicit(box, memory_order_relaxed) == NULL) continue;
    void *block = atomic_exchange(box, NULL);
    if (block != NULL) return block;
  }
  return NULL;
}

/* ---- the threads ---- */

static pthread_barrier_t between_phases;

static void use(struct worker *worker, void *block) {
  unsigned index = below(&worker->random, OWN_MAX);
  switch (below(&worker->random, 8)) {
    case 0:
      block = resize(worker, block, size(worker));
      /* fall through */
    case 1:
    case 2:
      if (worker->own[index] != NULL) release(worker, worker->own[index]);
      worker->own[index] = block;
      break;
    default:
      release(worker, block);
  }
}

static void step(struct worker *worker) {
  bool spins = below(&worker->random, 100) < shape.spin_share;
  unsigned index = below(&worker->random, OWN_MAX);
  void **own = &worker->own[index];
  switch (below(&worker->random, 10)) {
    case 0:
    case 1:
    case 2: { /* pass a block on */
      void *block = *own != NULL ? *own : allocate(worker, size(worker));
      bool is_gone = spins ? put_in_mailbox(worker, block) : put_in_queue(block);
      *own = is_gone ? NULL : block;
      break;
    }
    case 3:
    case 4:
    case 5: { /* take one */
      void *block =
          spins ? take_from_mailbox(worker) : take_from_queue(below(&worker->random, 4) * 50);
      if (block != NULL) use(worker, block);
      break;
    }
    case 6: /* a block of its own for a moment */
      release(worker, allocate(worker, size(worker)));
      break;
    case 7:
      if (*own != NULL) *own = resize(worker, *own, size(worker));
      break;
    default:
      if (*own != NULL) release(worker, *own);
      *own = below(&worker->random, 3) != 0 ? allocate(worker, size(worker)) : NULL;
  }
  if (below(&worker->random, 1000) < shape.rest_share) {
    usleep(below(&worker->random, 300));
  } else if (below(&worker->random, 1000) < shape.rest_share) {
    sched_yield();
  }
}

static void *work(void *argument) {
  struct worker worker = begin_worker((uintptr_t)argument);
  for (unsigned phase = 0; phase < shape.phases; phase++) {
    for (unsigned i = 0; i < shape.steps && has_room(&worker); i++) step(&worker);
    pthread_barrier_wait(&between_phases); /* all stand still */
    pthread_barrier_wait(&between_phases); /* the mark is set */
  }
  for (unsigned i = 0; i < OWN_MAX; i++) { /* a few are left behind */
    if (worker.own[i] != NULL && below(&worker.random, 8) != 0) release(&worker, worker.own[i]);
  }
  return NULL;
}

static void *short_life(void *argument) {
  struct worker worker = begin_worker((uintptr_t)argument);
  unsigned blocks = 1 + below(&worker.random, 40);
  for (unsigned i = 0; i < blocks; i++) {
    void *block = allocate(&worker, size(&worker));
    if (!put_in_queue(block) && !put_in_mailbox(&worker, block)) release(&worker, block);
  }
  return NULL;
}

/* Starts short-lived threads: their creation allocates, so this thread has no blocks to log. */
static void *spawn(void *argument) {
  uint64_t random = (uintptr_t)argument;
  for (unsigned phase = 0; phase < shape.phases; phase++) {
    for (unsigned i = 0; i < shape.short_threads / shape.phases; i++) {
      pthread_t thread;
      if (pthread_create(&thread, NULL, short_life, (void *)(uintptr_t)draw(&random)) != 0) abort();
      pthread_join(thread, NULL);
    }
    pthread_barrier_wait(&between_phases);
    pthread_barrier_wait(&between_phases);
  }
  return NULL;
}

static void write_log(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (uint64_t i = 0; i < atomic_load(&log_count); i++) {
    uint64_t count = logs[i].count;
    size_t bytes = count * sizeof(struct entry);
    if (write(file, &count, sizeof count) != sizeof count ||
        write(file, logs[i].entries, bytes) != (ssize_t)bytes) {
      abort();
    }
  }
  close(file);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  uint64_t random = strtoull(argv[1], NULL, 0);
  shape = (struct shape){.threads = 2 + below(&random, 6),
                         .steps = 100 + below(&random, 1500),
                         .phases = 1 + below(&random, 4),
                         .queue_depth = 1 + below(&random, 1u << below(&random, 7)),
                         .sizes = below(&random, 3),
                         .short_threads = below(&random, 2) * below(&random, 200),
                         .spin_share = 25 * below(&random, 5),
                         .rest_share = 5 * below(&random, 4)};
  if (shape.queue_depth > QUEUE_MAX) shape.queue_depth = QUEUE_MAX;
  pthread_t threads[16];
  pthread_barrier_init(&between_phases, NULL, shape.threads + 2);
  struct worker self = begin_worker(draw(&random));
  pthread_create(&threads[0], NULL, spawn, (void *)(uintptr_t)draw(&random));
  for (unsigned i = 1; i <= shape.threads; i++) {
    pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)draw(&random));
  }
  for (unsigned phase = 0; phase < shape.phases; phase++) {
    pthread_barrier_wait(&between_phases);
    mark(&self, phase);
    pthread_barrier_wait(&between_phases);
  }
  for (unsigned i = 0; i <= shape.threads; i++) pthread_join(threads[i], NULL);
  /* What is still under way ends here, made by threads that are gone. */
  for (void *block; (block = take_from_queue(0)) != NULL;) release(&self, block);
  for (unsigned i = 0; i < MAILBOXES; i++) {
    void *block = atomic_exchange(&mailboxes[i], NULL);
    if (block != NULL) release(&self, block);
  }
  write_log(argv[2]);
  return 0;
}
