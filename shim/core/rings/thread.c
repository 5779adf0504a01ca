/* thread.c: see thread.h. */
#include "rings/thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/page.h"
#include "base/segments.h"
#include "base/sys.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/options.h"
#include "process/process.h"
#include "python/pages.h"
#include "rings/clock.h"
#include "rings/doorbell.h"
#include "rings/inline_turn.h"
#include "rings/invariants.h"
#include "rings/ownership.h"
#include "rings/ring.h"
#include "rings/slots.h"
#include "rings/turns.h"

/* pthread_setspecific allocates for keys beyond glibc's first block. */
#define KEYS_WITHOUT_ALLOCATION 32
#define REAP_INTERVAL_NS UINT64_C(100000000)

__thread struct mt_thread *mt_self;
/* Its last destructor has run: whatever it still records goes into a struct given back at once. */
static __thread bool exiting;
struct mt_slot_owner mt_slot_owners[MT_RING_SLOTS_MAX];
uint64_t *mt_owner_table;

static struct {
  struct mt_thread *structs;     /* MT_RING_SLOTS_MAX of them */
  void *unwinds[MT_RING_GROUPS]; /* as many struct mt_unwind_thread, mapped as needed */
  size_t unwind_bytes;
  uint32_t threads; /* thread numbers given out */
  uint32_t slot_uses[MT_RING_SLOTS_MAX];
  uint64_t past_allocations;    /* of threads whose structs went to others */
  uint32_t taken_over, settled; /* structs: differ while one's allocations become past */
  uint64_t reaped_ns;           /* when dead threads were last looked for */
  bool (*continue_in_child)(void);
  pthread_key_t exit_key;
  bool has_exit_key;
} pool;

static void on_thread_exit(void *value);

bool mt_threads_start(bool (*continue_in_child)(void)) {
  pool.continue_in_child = continue_in_child;
  pool.structs = mt_sys_map_private(MT_RING_SLOTS_MAX * sizeof(struct mt_thread));
  pool.unwind_bytes = (mt_unwind_thread_bytes() + MT_APART - 1) & ~(size_t)(MT_APART - 1);
  mt_owner_table = mt_sys_map_private(MT_OWNER_TABLE_BYTES);
  if (pool.structs == NULL || mt_owner_table == NULL) return false;
  /* Zeroed for the child of a fork. The structs are not: a child that still has its parent's must
   * find an epoch there that differs from the wiped one. */
  mt_sys_advise(mt_owner_table, MT_OWNER_TABLE_BYTES, MADV_WIPEONFORK);
  pool.has_exit_key = pthread_key_create(&pool.exit_key, on_thread_exit) == 0;
  if (pool.has_exit_key && pool.exit_key >= KEYS_WITHOUT_ALLOCATION) {
    pthread_key_delete(pool.exit_key);
    pool.has_exit_key = false;
  }
  return true;
}

void mt_threads_forget_memory(uint64_t start, uint64_t end) {
  uint32_t used = mt_slots_used();
  mt_pages_forget();
  for (uint32_t slot = 0; slot < used; slot++) {
    struct mt_unwind_thread *unwind = mt_load_acquire(&pool.structs[slot].unwind);
    if (unwind != NULL) mt_unwind_forget(unwind, start, end);
  }
}

void mt_threads_forget(void) {
  memset(mt_slot_owners, 0, mt_slots_used() * sizeof *mt_slot_owners);
  mt_slots_forget();
  pool.threads = 0;
  for (uint32_t slot = 0; slot < mt_slots_used(); slot++) {
    pool.structs[slot].sequence = 0;
    pool.structs[slot].allocations = 0;
  }
  pool.past_allocations = 0;
  pool.taken_over = pool.settled = 0;
  mt_self = NULL;
}

/* MARK: Definitions, in order among the thread's events */

static struct mt_thread *thread_of_sink(struct mt_sink *sink) {
  return (struct mt_thread *)((char *)sink - offsetof(struct mt_thread, sink));
}

static void define_node(struct mt_sink *sink, uint32_t id, uint64_t pc, uint32_t parent) {
  struct mt_thread *thread = thread_of_sink(sink);
  uint64_t *words = mt_ring_room_for_definition(thread, 3);
  if (words == NULL) return;
  words[0] = (uint64_t)MT_RAW_NODE << MT_RAW_KIND_SHIFT | id;
  words[1] = pc;
  words[2] = parent;
  mt_ring_publish(thread, 3);
}

static void define_records(struct mt_sink *sink, const void *records, size_t bytes) {
  struct mt_thread *thread = thread_of_sink(sink);
  uint32_t count = 1 + (uint32_t)((bytes + 7) / 8);
  if (bytes > MT_RAW_RECORD_BYTES_MAX) return;
  uint64_t *words = mt_ring_room_for_definition(thread, count);
  if (words == NULL) return;
  words[count - 1] = 0;
  words[0] = (uint64_t)MT_RAW_RECORD << MT_RAW_KIND_SHIFT | bytes;
  mt_page_copy(words + 1, records, bytes);
  mt_ring_publish(thread, count);
}

static void define_self(struct mt_thread *thread) {
  struct {
    struct mt_record start_header;
    struct mt_thread_start start;
    struct mt_record name_header;
    struct mt_thread_name name;
  } records = {
      .start_header = {.type = MT_RECORD_THREAD_START, .bytes = sizeof records.start},
      .start = {thread->ring->start_time_ns, thread->thread, thread->ring->tid},
      .name_header = {.type = MT_RECORD_THREAD_NAME, .bytes = sizeof records.name},
      .name = {.thread = thread->thread},
  };
  memcpy(records.name.name, thread->ring->name, sizeof records.name.name);
  memcpy(thread->name, thread->ring->name, sizeof thread->name);
  define_records(&thread->sink, &records, sizeof records);
}

static void define_end(struct mt_thread *thread) {
  struct {
    struct mt_record name_header;
    struct mt_thread_name name;
    struct mt_record end_header;
    struct mt_thread_end end;
  } records = {
      .name_header = {.type = MT_RECORD_THREAD_NAME, .bytes = sizeof records.name},
      .name = {.thread = thread->thread},
      .end_header = {.type = MT_RECORD_THREAD_END, .bytes = sizeof records.end},
      .end = {.time_ns = mt_trace_file_now_ns(), .thread = thread->thread},
  };
  mt_syscall(SYS_prctl, PR_GET_NAME, records.name.name, 0, 0, 0, 0);
  bool is_known = memcmp(records.name.name, thread->name, sizeof thread->name) == 0;
  size_t skipped = is_known ? offsetof(__typeof__(records), end_header) : 0;
  define_records(&thread->sink, (char *)&records + skipped, sizeof records - skipped);
}

/* MARK: The life of a thread's struct */

/* Starts on an empty ring in the present mapping of the live region. */
static void adopt_ring(struct mt_thread *thread) {
  uint64_t mapping_generation = mt_load_acquire(&mt_trace_file.mapping_generation);
  struct mt_ring_header *ring = mt_live_ring(thread->slot);
  thread->ring = ring;
  thread->words = (uint64_t *)(ring + 1);
  thread->words_end = thread->words + mt_ring_words(thread->slot);
  thread->head = mt_load_relaxed(&ring->tail); /* a slot's positions go on from owner to owner */
  thread->next = thread->words + thread->head % mt_ring_words(thread->slot);
  thread->limit = thread->next;
  thread->clock_ns = UINT64_MAX; /* the first event writes the time */
  mt_turn_forget(thread);
  ring->tid = (uint32_t)mt_sys_tid();
  ring->start_time_ns = mt_trace_file_now_ns();
  mt_syscall(SYS_prctl, PR_GET_NAME, ring->name, 0, 0, 0, 0);
  ring->stack_address = (uintptr_t)__builtin_frame_address(0);
  ring->thread_pointer = (uintptr_t)__builtin_thread_pointer();
  mt_store_relaxed(&ring->head, thread->head);
  ring->thread = thread->thread;
  mt_store_release(&ring->state, MT_RING_OWNED); /* pairs with the writer's acquire */
  mt_signal_fence();
  thread->mapping_generation =
      mapping_generation; /* last: after a handler's jump out of here it is done again */
}

/* `allocations` is of a moment ago: its low bits were the sequence then. */
static uint64_t allocations_of(const struct mt_thread *thread) {
  uint64_t then = mt_load_relaxed(&thread->allocations);
  return then + (mt_load_relaxed(&thread->sequence) - (uint32_t)then);
}

void mt_thread_write_time(struct mt_thread *thread, uint64_t clock_ns) {
  if (thread->clock_ns != UINT64_MAX && clock_ns <= thread->clock_ns) return;
  uint64_t *words = mt_ring_room(thread, 2);
  if (words == NULL) return;
  /* The time holds for what follows: it has its place among other threads' events, too. Seldom
   * enough for a turn of its own. */
  uint32_t stamps = thread->shared ? mt_turn_stamp(thread, words, 0, true, 0) : 0;
  words[stamps] = (uint64_t)MT_RAW_TIME << MT_RAW_KIND_SHIFT | clock_ns;
  mt_ring_publish(thread, stamps + 1);
  thread->clock_ns = clock_ns;
  mt_store_relaxed(&thread->allocations, allocations_of(thread));
}

/* Takes note of what has changed since the thread last looked. */
static void note_changes(struct mt_thread *thread) {
  thread->epoch = mt_load_acquire(&mt_hot->epoch); /* before what it stands for */
  thread->shared = mt_load_relaxed(&mt_hot->shared);
  thread->leave_slowly = exiting || mt_state_is_one_by_one();
  if (thread->mapping_generation != mt_load_acquire(&mt_trace_file.mapping_generation))
    adopt_ring(thread);
  mt_thread_write_time(thread, mt_clock_time(thread));
}

/* Sets `busy` at a moment when there is no pause: from then on none begins unnoticed. */
static void become_busy(struct mt_thread *thread, uintptr_t frame) {
  for (;;) {
    mt_store_relaxed(&thread->busy, frame);
    mt_signal_fence();
    if (mt_load_acquire(&mt_hot->state) != MT_STATE_PAUSED) return;
    mt_store_release(&thread->busy, 0);
    mt_state_wait_while_paused();
  }
}

/*
 * Not every thread's exit runs our destructor: a thread that libc does not know has none. When
 * slots run out, those of threads that the kernel does not know any more are marked as ended, for
 * the writer to empty and release.
 */
static void reap_dead_threads(void) {
  uint64_t now = mt_load_relaxed(&mt_hot->clock_ns), last = mt_load_relaxed(&pool.reaped_ns);
  if (now - last < REAP_INTERVAL_NS || !mt_cas_acq_rel(&pool.reaped_ns, &last, now)) return;
  uint32_t used = mt_slots_used();
  for (uint32_t slot = 0; slot < used && slot < mt_load_acquire(&mt_live_region.ring_ready);
       slot++) {
    struct mt_ring_header *ring = mt_live_ring(slot);
    uint32_t owned = MT_RING_OWNED;
    if (mt_load_acquire(&ring->state) == MT_RING_OWNED &&
        mt_sys_signal_thread(mt_process.pid, (int)ring->tid, 0) == -ESRCH) {
      mt_store_release(&pool.structs[slot].busy, 0); /* it died in a hook: mt_threads_quiet */
      /* Pairs with the writer's acquire. */
      if (mt_cas_acq_rel(&ring->state, &owned, MT_RING_ENDED)) mt_slots_note_end();
    }
  }
  mt_doorbell_ring();
}

/* A fresh struct with a ring, busy; NULL when there is no slot. Signals are blocked. */
static struct mt_thread *begin_struct(uintptr_t frame) {
  uint32_t slot = mt_slots_take();
  if (slot == MT_NO_SLOT) {
    reap_dead_threads();
    return NULL;
  }
  char *unwinds = mt_segment_obtain(&pool.unwinds[slot / MT_RING_GROUP_SLOTS],
                                    MT_RING_GROUP_SLOTS * pool.unwind_bytes);
  if (unwinds == NULL) {
    mt_slots_give_back(slot);
    return NULL;
  }
  struct mt_thread *thread = &pool.structs[slot];
  mt_add_acq_rel(&pool.taken_over, 1);
  mt_add_acq_rel(&pool.past_allocations, allocations_of(thread));
  memset(thread, 0, sizeof *thread);
  mt_add_acq_rel(&pool.settled, 1); /* pairs with the acquire in mt_threads_allocations */
  become_busy(thread, frame);
  unwinds += slot % MT_RING_GROUP_SLOTS * pool.unwind_bytes;
  thread->unwind = (struct mt_unwind_thread *)unwinds;
  mt_unwind_thread_reset(thread->unwind);
  thread->slot = slot;
  thread->thread = mt_add_relaxed(&pool.threads, 1) + 1;
  thread->owner_bits = mt_owner_bits(slot, pool.slot_uses[slot]++);
  thread->sink.define_node = define_node;
  thread->sink.define_records = define_records;
  mt_store_relaxed(&mt_stamped[slot].stamp, 0);
  mt_store_relaxed(&mt_slot_owners[slot].owner_bits, 0);
  mt_store_release(&mt_slot_owners[slot].thread, thread->thread);
  mt_store_release(&mt_slot_owners[slot].owner_bits, thread->owner_bits);
  adopt_ring(thread);
  define_self(thread);
  if (thread->thread == 2) {
    mt_store_relaxed(&mt_hot->shared, 1);
    mt_add_acq_rel(&mt_hot->epoch, 1);
  }
  return thread;
}

/* Has a handler, which interrupted the way in to here, begun the struct or a trace of its own? */
static bool is_overtaken(const struct mt_thread *interrupted, uint64_t mapping_generation) {
  if (mt_load_relaxed(&mt_hot->state) == MT_STATE_NONE) return true;
  if (mt_load_acquire(&mt_trace_file.mapping_generation) != mapping_generation) return true;
  return (interrupted == NULL ? mt_self : interrupted->nested) != NULL;
}

/*
 * The struct for the calling thread, or, if `interrupted` is one of its own whose hook a signal
 * handler interrupted, for that handler: it records as a thread beside, so that the interrupted
 * hook finds its state untouched. NULL, too, if what the caller knows has been overtaken.
 */
static struct mt_thread *begin_thread(struct mt_thread *interrupted, uintptr_t frame,
                                      uint64_t mapping_generation) {
  if (mt_sys_is_forbidden()) return NULL;
  uint64_t mask; /* another handler must not begin the same struct */
  if (!mt_state_hold(&mask)) return NULL;
  struct mt_thread *thread = NULL;
  if (!is_overtaken(interrupted, mapping_generation)) thread = begin_struct(frame);
  if (thread != NULL && interrupted != NULL) {
    thread->is_nested = 1;
    interrupted->nested = thread;
  } else if (thread != NULL) {
    mt_self = thread;
    if (pool.has_exit_key && !exiting) pthread_setspecific(pool.exit_key, thread);
  }
  mt_state_let_go(mask);
  return thread;
}

/* Gives back the calling thread's struct, and those of its signal handlers. */
static void end_thread(struct mt_thread *thread) {
  if (mt_sys_is_forbidden()) return; /* its slot is never used again */
  uint64_t old_mask;
  mt_sys_signal_mask(~UINT64_C(0), &old_mask);
  mt_self = NULL;
  bool nudge = false;
  while (thread != NULL) {
    struct mt_thread *nested = thread->nested; /* an ended struct is another thread's at once */
    become_busy(thread, (uintptr_t)__builtin_frame_address(0));
    if (mt_load_relaxed(&mt_hot->state) != MT_STATE_NONE) { /* else in a child with no trace */
      note_changes(thread);
      define_end(thread);
      mt_turn_end(thread);
      mt_thread_leave(thread);
      nudge |= mt_slots_note_end();
      mt_store_release(&thread->ring->state, MT_RING_ENDED); /* pairs with the writer's acquire */
    }
    thread = nested;
  }
  if (nudge) mt_doorbell_ring(); /* slots are to be there for the next threads: memory stays flat */
  mt_sys_signal_mask(old_mask, NULL);
}

/* Runs among the thread's other key destructors, which may still free blocks: puts itself off to
 * the last round that the C library grants. */
static void on_thread_exit(void *value) {
  struct mt_thread *thread = value;
  if (thread != mt_self) return; /* of another process: inherited across a fork */
  MT_OWN_WORK();
  if (++thread->exit_rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(pool.exit_key, thread);
    return;
  }
  exiting = true;
  end_thread(thread);
}

/* MARK: The slow way in */

/*
 * The hook that set `busy` may never come back: a signal handler left it by siglongjmp. Stacks grow
 * down, so a frame that is still active lies above everything it called on the same stack. From a
 * handler on an alternate stack nothing is known of hooks on the thread's own; and there is no hook
 * on an alternate stack that the thread is not on.
 */
static bool hook_was_abandoned(const struct mt_thread *thread, uintptr_t frame) {
  if (mt_sys_is_forbidden()) return false; /* not to be found out */
  stack_t alternate;
  memset(&alternate, 0, sizeof alternate);
  mt_syscall(SYS_sigaltstack, NULL, &alternate, 0, 0, 0, 0);
  bool is_there = (alternate.ss_flags & SS_ONSTACK) != 0;
  bool was_there = thread->busy - (uintptr_t)alternate.ss_sp < alternate.ss_size;
  return is_there == was_there ? frame >= thread->busy : was_there;
}

/* Makes an abandoned hook's struct fit for use: its event is in the ring whole, or not at all. With
 * it all hooks of handlers that had interrupted it were left. */
static void recover(struct mt_thread *thread) {
  if (thread->nested != NULL && thread->nested->busy != 0) recover(thread->nested);
  mt_unwind_thread_reset(thread->unwind);
  mt_unwind_in_libunwind = 0; /* nobody further out is in there: its handlers record nothing */
  mt_ring_recover(thread);
  thread->clock_ns = UINT64_MAX; /* whether the last time was written is not known */
  thread->busy = 0;
}

void mt_threads_count(enum mt_counter counter) {
  if (mt_live_region.header == NULL) return;
  bool is_inherited = mt_live_region.is_inherited;
  uint64_t mask;
  if (!is_inherited && !mt_state_hold(&mask)) return;
  mt_add_relaxed(&mt_live_counters()[counter], 1);
  if (!is_inherited) mt_state_let_go(mask);
}

static void count_lost(enum mt_counter cause) {
  mt_threads_count(MT_COUNTER_LOST_EVENTS);
  mt_threads_count(cause);
}

struct mt_thread *mt_thread_enter_slow(uintptr_t frame) {
  for (;;) {
    /* A handler may fork anywhere in here, and the child begin a trace before it comes back: by
     * this it is known that what follows is of another process. */
    uint64_t mapping_generation = mt_load_acquire(&mt_trace_file.mapping_generation);
    mt_signal_fence();
    struct mt_thread *thread = mt_self;
    uint32_t state = mt_load_acquire(&mt_hot->state);
    if (state == MT_STATE_NONE) {
      if (pool.continue_in_child == NULL || !pool.continue_in_child()) return NULL;
      continue;
    }
    if (state == MT_STATE_STARTING) return NULL;
    if (state == MT_STATE_OFF) {
      count_lost(MT_COUNTER_LOST_STOPPED);
      return NULL;
    }
    struct mt_thread *interrupted = NULL;
    while (thread != NULL && thread->busy != 0 && !hook_was_abandoned(thread, frame)) {
      if (mt_unwind_in_libunwind != 0) return NULL; /* its own blocks are not the program's */
      interrupted = thread;
      thread = thread->nested;
    }
    if (thread != NULL && thread->busy != 0) recover(thread);
    if (state == MT_STATE_PAUSED) {
      if (mt_process.pausing_thread == mt_sys_tid()) return NULL; /* on its way to an exec */
      mt_state_wait_while_paused();
      continue;
    }
    if (mt_inline_is_on()) mt_inline_tick();
    if (thread == NULL) thread = begin_thread(interrupted, frame, mapping_generation);
    if (thread == NULL) {
      if (is_overtaken(interrupted, mapping_generation)) continue;
      count_lost(interrupted != NULL ? MT_COUNTER_LOST_NESTED : MT_COUNTER_LOST_NO_RING);
      return NULL;
    }
    mt_store_relaxed(&thread->busy, frame);
    mt_signal_fence();
    /* A pause may have begun unaware of this hook. */
    if (mt_load_acquire(&mt_hot->state) != state ||
        mt_load_acquire(&mt_trace_file.mapping_generation) != mapping_generation) {
      thread->busy = 0;
      continue;
    }
    note_changes(thread);
    if (mt_load_acquire(&mt_hot->epoch) == thread->epoch) {
      /* Nobody else keeps the time: every hook comes this way. */
      bool is_watched = mt_inline_is_on() || mt_load_relaxed(&mt_hot->quiet);
      /* In a pause every hook looks whether its event is left out. */
      if (is_watched || mt_load_relaxed(&mt_hot->skipped) != MT_SKIPPED_NOTHING) {
        thread->epoch = MT_EPOCH_NEVER;
      }
      return thread;
    }
    thread->busy = 0; /* it changed meanwhile, perhaps to a pause: once more */
  }
}

/* An event that a pause leaves out from `least` on. The hook may be the first of a child, which
 * finds out by its way in that it pauses. */
static struct mt_thread *enter_unless_skipped(uintptr_t frame, enum mt_skipped least) {
  if (mt_load_relaxed(&mt_hot->skipped) >= (uint32_t)least) return NULL;
  struct mt_thread *thread = mt_thread_enter_slow(frame);
  if (thread == NULL || mt_load_relaxed(&mt_hot->skipped) < (uint32_t)least) return thread;
  mt_thread_leave(thread);
  return NULL;
}

struct mt_thread *mt_thread_enter_slow_to_allocate(uintptr_t frame) {
  return enter_unless_skipped(frame, MT_SKIPPED_ALLOCATIONS);
}

struct mt_thread *mt_thread_enter_slow_to_release(uintptr_t frame) {
  return enter_unless_skipped(frame, MT_SKIPPED_ALL);
}

static void wait_until_drained(struct mt_thread *thread) {
  uint64_t tail;
  while ((tail = mt_load_acquire(&thread->ring->tail)) != thread->head) {
    if (!mt_state_is_one_by_one() || mt_sys_is_forbidden()) return;
    mt_doorbell_ring();
    mt_doorbell_wait_for_drain(&thread->ring->tail, tail);
  }
}

void mt_thread_leave_slow(struct mt_thread *thread) {
  if (mt_state_is_one_by_one()) wait_until_drained(thread);
  mt_signal_fence();
  mt_store_release(&thread->busy, 0); /* pairs with the acquire in mt_threads_quiet */
  if (exiting && thread == mt_self) end_thread(thread);
}

bool mt_threads_in_hook(void) { return mt_self != NULL && mt_load_relaxed(&mt_self->busy) != 0; }

uint64_t mt_threads_allocations(void) {
  uint64_t sum = 0;
  for (int attempts = 0; attempts < 100; attempts++) {
    uint32_t settled = mt_load_acquire(&pool.settled), used = mt_slots_used();
    sum = mt_load_acquire(&pool.past_allocations);
    for (uint32_t slot = 0; slot < used; slot++) sum += allocations_of(&pool.structs[slot]);
    if (mt_load_acquire(&pool.taken_over) == settled) break;
  }
  return sum;
}

void mt_threads_release_all(void) {
  for (struct mt_thread *thread = mt_self; thread != NULL; thread = thread->nested) {
    if (thread->ring != NULL) mt_store_relaxed(&thread->ring->tail, thread->head);
  }
}

bool mt_threads_quiet(void) {
  uint32_t used = mt_slots_used();
  for (uint32_t slot = 0; slot < used; slot++) {
    if (mt_load_acquire(&pool.structs[slot].busy) != 0) return false;
  }
  return true;
}
