/*
 * thread.h: what the recorder keeps for one traced thread, and the way into and out of recording
 * that every hook takes. A thread gets its struct and its ring with its first event; both go back
 * to the pool when the thread has ended and the writer has taken its last word.
 */
#ifndef MEMTRACE_THREAD_H
#define MEMTRACE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/atomics.h"
#include "base/sink.h"
#include "file/live_region.h"
#include "process/state.h"
#include "unwind/unwind.h"

struct __attribute__((aligned(MT_APART))) mt_thread {
  /* Read and written by every hook of this thread, and by nobody else but as noted: */
  uintptr_t busy;  /* frame of the hook in progress, 0 when there is none; read by the writer */
  uint64_t epoch;  /* of mt_hot when last looked at; differs: look again */
  uint64_t *next;  /* where the next word of the ring goes */
  uint64_t *limit; /* words may be written up to here without looking at the ring's tail */
  uint64_t head;   /* ring position of `next` */
  struct mt_ring_header *ring;
  uint32_t sequence;       /* allocations recorded so far */
  uint32_t sequence_after; /* the same once the words being published are */
  uint32_t shared;         /* mt_hot->shared when last looked at */
  uint32_t owner_bits;     /* slot and generation as ownership.h packs them */
  uint64_t turn;           /* of the last stamp; see turns.h */
  uint64_t turn_room;      /* bytes to be allocated until a turn is due */
  uint64_t last_stamp;     /* position of the last stamp */
  uint32_t is_nested;      /* 1: a signal handler's that interrupted a hook */
  uint32_t leave_slowly;   /* 1: in tail mode, and after the exit destructor's last round */
  uint32_t thread;         /* number in the trace */
  uint32_t slot;
  uint64_t clock_ns;        /* last MT_RAW_TIME written; UINT64_MAX: none that counts */
  uint64_t clock_cycles;    /* while nobody keeps the clock: cycles when it was last read */
  uint32_t quiet_hooks;     /* hooks since nobody does */
  uint32_t unchecked_words; /* words from one look at the cycle counter to the next; see clock.h */
  uint64_t checked_cycles;  /* at the last look */
  uint64_t rung_at;         /* `head` when the writer was last woken for want of room */
  uint64_t *words;          /* the ring's words */
  uint64_t *words_end;
  uint64_t mapping_generation; /* which mapping of the live region `ring` lies in */
  char name[16];               /* as it stands in the trace */
  uint32_t exit_rounds;        /* times the thread-exit destructor has run */
  uint64_t allocations;        /* when a time was last written: `sequence` with its upper bits */
  struct mt_thread *nested;    /* for signal handlers that interrupt this one's hooks; or NULL */
  struct mt_sink sink;         /* its functions find this struct from it */
  struct mt_unwind_thread *unwind;
};

/* The calling thread's struct; NULL before its first event and after its last. */
extern __thread struct mt_thread *mt_self;

/* The halves of mt_thread_enter, of its two variants and of mt_thread_leave that are rarely taken.
 */
struct mt_thread *mt_thread_enter_slow(uintptr_t frame);
struct mt_thread *mt_thread_enter_slow_to_allocate(uintptr_t frame);
struct mt_thread *mt_thread_enter_slow_to_release(uintptr_t frame);
void mt_thread_leave_slow(struct mt_thread *thread);

/*
 * [hook] Begins recording in a hook whose frame address is `frame`. NULL: this event is not to be
 * recorded (it is counted if it is lost). Every non-NULL result is paired with mt_thread_leave.
 *
 * `busy` is set before `epoch` is compared: a writer that changes the epoch, and then makes all
 * threads pass a barrier (membarrier), sees every hook that did not see the change.
 */
static inline __attribute__((always_inline)) struct mt_thread *mt_thread_enter_or(
    uintptr_t frame, struct mt_thread *(*slow)(uintptr_t)) {
  struct mt_thread *thread = mt_self;
  if (mt_unlikely(thread == NULL || thread->busy != 0)) return slow(frame);
  mt_store_relaxed(&thread->busy, frame);
  mt_signal_fence();
  if (mt_unlikely(thread->epoch != mt_load_relaxed(&mt_hot->epoch))) {
    thread->busy = 0;
    return slow(frame);
  }
  return thread;
}

static inline struct mt_thread *mt_thread_enter(uintptr_t frame) {
  return mt_thread_enter_or(frame, mt_thread_enter_slow);
}

/* [hook] The same for an event that a pause may leave out: then, too, the result is NULL. */
static inline struct mt_thread *mt_thread_enter_to_allocate(uintptr_t frame) {
  return mt_thread_enter_or(frame, mt_thread_enter_slow_to_allocate);
}
static inline struct mt_thread *mt_thread_enter_to_release(uintptr_t frame) {
  return mt_thread_enter_or(frame, mt_thread_enter_slow_to_release);
}

static inline void mt_thread_leave(struct mt_thread *thread) {
  if (mt_unlikely(thread->leave_slowly != 0)) {
    mt_thread_leave_slow(thread);
    return;
  }
  mt_signal_fence();
  mt_store_release(&thread->busy, 0); /* pairs with the acquire in mt_threads_quiet */
}

/* Who has a slot; written when it is given out, read by any hook that releases a block. */
struct mt_slot_owner {
  uint32_t owner_bits;
  uint32_t thread;
};
extern MT_NEAR_DATA struct mt_slot_owner mt_slot_owners[MT_RING_SLOTS_MAX];

/*
 * [init] Prepares the pool of structs. False when memory for it could not be had.
 * `continue_in_child` is called by the first hook in the child of a fork; it says whether recording
 * goes on there.
 */
bool mt_threads_start(bool (*continue_in_child)(void));

/* [hook] What the busy thread writes next happens at `clock_ns`: writes that down if it is news. */
void mt_thread_write_time(struct mt_thread *thread, uint64_t clock_ns);

/* [any] [start, end) is about to be unmapped, moved or made unreadable: no thread relies on what
 * its hooks have read there. */
void mt_threads_forget_memory(uint64_t start, uint64_t end);

/* [hook] In the child of a fork: every thread but the caller is gone, and so are all rings. */
void mt_threads_forget(void);

/* [hook] Beside a fork: has the calling thread a hook under way, which a handler interrupted? */
bool mt_threads_in_hook(void);

/* [signal-safe] Adds one to a counter, wherever the live region may be at the time. */
void mt_threads_count(enum mt_counter counter);

/* [hook] In such a child: that hook will find room in its ring, whatever the ring was. */
void mt_threads_release_all(void);

/* [any] Allocations recorded so far in this trace. */
uint64_t mt_threads_allocations(void);

/* [writer] True when no hook is in flight. Meaningful after a membarrier. */
bool mt_threads_quiet(void);

#endif
