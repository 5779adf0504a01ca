/* record.c: see record.h. Bit layouts: "Raw words" in trace_format.h. */
#include "hooks/record.h"

#include "file/live_region.h"
#include "hooks/before_start.h"
#include "rings/invariants.h"
#include "rings/ownership.h"
#include "rings/ring.h"
#include "rings/turns.h"
#include "rings/words.h"
#include "stacks/stacks.h"
#include "unwind/unwind.h"

#define SEQUENCE_MASK ((1u << MT_RAW_SEQUENCE_BITS) - 1)
/* The age of an allocation that fits the first word of its release. */
#define AGE_MAX ((1u << MT_RAW_DETAIL_BITS) - 1)

static void count_lost(enum mt_counter cause) {
  mt_add_relaxed(&mt_live_counters()[MT_COUNTER_LOST_EVENTS], 1);
  mt_add_relaxed(&mt_live_counters()[cause], 1);
}

/* The block's place in the ownership table must not speak of an earlier block. */
static void forget_owner(const void *block) {
  if (mt_load_relaxed(&mt_hot->shared)) mt_owner_clear((uint64_t)(uintptr_t)block);
}

__attribute__((noinline)) static void not_recorded(const void *block, size_t bytes, uint64_t pc) {
  forget_owner(block);
  mt_early_note_allocation(block, bytes, pc);
}

/* Writes an allocation in a process of several threads: in its turn, and into the ownership table.
 * The words used. */
static inline uint32_t put_shared_allocation(struct mt_thread *thread, uint64_t *words,
                                             enum mt_raw_kind kind, uint64_t address,
                                             uint32_t stack, size_t bytes) {
  uint32_t count = mt_turn_stamp(thread, words, bytes, false, 1);
  uint64_t detail = 0;
  if (!mt_is_far(address)) {
    mt_owner_set(address, thread->owner_bits, thread->sequence);
    detail = MT_RAW_DETAIL_OWNED;
  }
  return count + mt_put_allocation(words + count, kind, detail, address, stack, bytes);
}

/* The fast path of put_shared_allocation: no stamp is due, and the event takes two words. False:
 * the event is of another kind, and nothing was recorded. */
static inline bool record_usual_allocation(struct mt_thread *thread, uint64_t *words,
                                           enum mt_raw_kind kind, uint64_t address, uint32_t stack,
                                           size_t bytes) {
  if (mt_is_far(address) || bytes >= MT_RAW_SIZE_LARGE || !mt_turn_continues(thread, bytes)) {
    return false;
  }
  mt_owner_set(address, thread->owner_bits, thread->sequence);
  uint32_t count = mt_put_near_allocation(words, kind, MT_RAW_DETAIL_OWNED, address, stack, bytes);
  mt_ring_publish_allocation(thread, count);
  return true;
}

/* The stack of blocks that malloc does not serve; the stack itself, and they are taken for such of
 * malloc, where there is no memory for another node. */
static uint32_t stack_of_objects(struct mt_thread *thread, uint32_t stack) {
  return mt_stacks_intern(&thread->sink, stack,
                          MT_PC_RECORDED |
                              (uint64_t)MT_LOCATION_BLOCKS << MT_PC_LOCATION_KIND_SHIFT |
                              MT_SPACE_KIND_OBJECTS);
}

static inline __attribute__((always_inline)) void record_block(enum mt_raw_kind kind,
                                                               enum mt_space_kind space,
                                                               const void *block, size_t bytes,
                                                               const void *frame) {
  MT_OWN_WORK();
  struct mt_frame_start start = mt_frame_start_of(frame);
  struct mt_thread *thread = mt_thread_enter_to_allocate((uintptr_t)frame);
  if (mt_unlikely(thread == NULL)) {
    not_recorded(block, bytes, start.pc);
    return;
  }
  uint32_t stack = mt_unwind(thread->unwind, &thread->sink, &start);
  if (space == MT_SPACE_KIND_OBJECTS) stack = stack_of_objects(thread, stack);
  uint64_t *words = mt_ring_room(thread, MT_RAW_EVENT_WORDS_MAX);
  uint64_t address = (uint64_t)(uintptr_t)block;
  if (mt_unlikely(words == NULL)) {
    count_lost(MT_COUNTER_LOST_RING_FULL);
    forget_owner(block);
  } else if (!thread->shared) {
    uint32_t count = mt_put_allocation(words, kind, 0, address, stack, bytes);
    mt_ring_publish_allocation(thread, count);
  } else if (!mt_likely(record_usual_allocation(thread, words, kind, address, stack, bytes))) {
    uint32_t count = put_shared_allocation(thread, words, kind, address, stack, bytes);
    mt_ring_publish_allocation(thread, count);
  }
  mt_thread_leave(thread);
}

void mt_record_allocation(const void *block, size_t bytes, const void *frame) {
  record_block(MT_RAW_ALLOCATE, MT_SPACE_KIND_HEAP, block, bytes, frame);
}

void mt_record_object(const void *block, size_t bytes, const void *frame) {
  record_block(MT_RAW_ALLOCATE, MT_SPACE_KIND_OBJECTS, block, bytes, frame);
}

void mt_record_realloc_end(const void *block, size_t bytes, const void *frame) {
  record_block(MT_RAW_REALLOCATE, MT_SPACE_KIND_HEAP, block, bytes, frame);
}

void mt_record_object_realloc_end(const void *block, size_t bytes, const void *frame) {
  record_block(MT_RAW_REALLOCATE, MT_SPACE_KIND_OBJECTS, block, bytes, frame);
}

/* Writes the release of a block that no hook can name, in its turn; the words used. */
static inline uint32_t put_unnamed_release(struct mt_thread *thread, uint64_t *words,
                                           uint64_t address) {
  uint32_t count = mt_turn_stamp(thread, words, 0, false, 0);
  return count + mt_put_any(words + count, MT_RAW_RELEASE, address);
}

/* The same of a block that another thread, which is known, has allocated. */
static inline uint32_t put_cross_release(struct mt_thread *thread, uint64_t *words,
                                         uint64_t address, uint64_t found) {
  uint32_t owner_bits = mt_owner_bits_of(found), sequence = mt_owner_sequence_of(found);
  uint32_t slot = owner_bits & ((1u << MT_OWNER_SLOT_BITS) - 1);
  const struct mt_slot_owner *owner = &mt_slot_owners[slot];
  if (mt_load_acquire(&owner->owner_bits) != owner_bits) { /* that thread has ended */
    return put_unnamed_release(thread, words, address);
  }
  bool take = mt_turn_orders_release(thread, slot, sequence);
  uint32_t count = mt_turn_stamp(thread, words, 0, take, 0);
  words[count] = mt_first_word(MT_RAW_RELEASE_OF, 0, address);
  words[count + 1] = (uint64_t)mt_load_relaxed(&owner->thread) << 32 | sequence;
  return count + 2;
}

/* Writes a release in a process of several threads: in its turn, and naming the allocation that it
 * ends as far as that is known. The words used. `found`: what the ownership table says of the
 * block.
 */
static uint32_t put_shared_release(struct mt_thread *thread, uint64_t *words, uint64_t address,
                                   uint64_t found) {
  if (mt_is_far(address) || !mt_owner_is_known(found)) {
    return put_unnamed_release(thread, words, address);
  }
  if (mt_owner_bits_of(found) != thread->owner_bits) {
    return put_cross_release(thread, words, address, found);
  }
  uint32_t count = mt_turn_stamp(thread, words, 0, false, 0);
  uint32_t sequence = mt_owner_sequence_of(found);
  uint32_t age = (thread->sequence - sequence) & SEQUENCE_MASK;
  if (age <= AGE_MAX) {
    words[count] = mt_first_word(MT_RAW_RELEASE, age, address);
    return count + 1;
  }
  words[count] = mt_first_word(MT_RAW_RELEASE_OF, 0, address);
  words[count + 1] = (uint64_t)thread->thread << 32 | sequence;
  return count + 2;
}

/* The fast path of put_shared_release: the thread recently allocated the block itself, and no stamp
 * is due. False: the event is of another kind, and nothing was recorded. */
static inline bool record_usual_release(struct mt_thread *thread, uint64_t *words, uint64_t address,
                                        uint64_t found) {
  uint64_t sequence = found ^ (uint64_t)thread->owner_bits << MT_OWNER_SEQUENCE_BITS;
  if (mt_is_far(address) || mt_unlikely(sequence > SEQUENCE_MASK)) return false;
  uint32_t age = (thread->sequence - (uint32_t)sequence) & SEQUENCE_MASK;
  if (mt_unlikely(age > AGE_MAX || !mt_turn_continues(thread, 0))) return false;
  words[0] = mt_first_word(MT_RAW_RELEASE, age, address);
  mt_ring_publish(thread, 1);
  return true;
}

static inline __attribute__((always_inline)) bool record_release(const void *block,
                                                                 const void *frame) {
  MT_OWN_WORK();
  struct mt_thread *thread = mt_thread_enter_to_release((uintptr_t)frame);
  if (mt_unlikely(thread == NULL)) {
    mt_early_note_release(block);
    return false;
  }
  uint64_t *words = mt_ring_room(thread, MT_RAW_EVENT_WORDS_MAX);
  uint64_t address = (uint64_t)(uintptr_t)block;
  bool recorded = words != NULL;
  if (mt_unlikely(!recorded)) {
    count_lost(MT_COUNTER_LOST_RING_FULL);
  } else if (!thread->shared) {
    mt_ring_publish(thread, mt_put_any(words, MT_RAW_RELEASE, address));
  } else {
    uint64_t found = mt_owner_find(address);
    if (!record_usual_release(thread, words, address, found)) {
      mt_ring_publish(thread, put_shared_release(thread, words, address, found));
    }
  }
  mt_thread_leave(thread);
  return recorded;
}

void mt_record_release(const void *block, const void *frame) { record_release(block, frame); }

bool mt_record_realloc_begin(const void *old, const void *frame) {
  return record_release(old, frame);
}

void mt_record_realloc_failed(const void *old, bool begun, const void *frame) {
  if (!begun) return;
  MT_OWN_WORK();
  struct mt_thread *thread = mt_thread_enter((uintptr_t)frame);
  if (thread == NULL) return;
  uint64_t *words = mt_ring_room(thread, MT_RAW_EVENT_WORDS_MAX);
  if (words == NULL) {
    count_lost(MT_COUNTER_LOST_RING_FULL);
  } else {
    uint32_t count = thread->shared ? mt_turn_stamp(thread, words, 0, false, 0) : 0;
    count += mt_put_any(words + count, MT_RAW_REALLOC_FAILED, (uint64_t)(uintptr_t)old);
    mt_ring_publish(thread, count);
  }
  mt_thread_leave(thread);
}
