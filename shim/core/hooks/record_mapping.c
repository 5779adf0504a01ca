/* record_mapping.c: see record_mapping.h, and trace_format/mappings.h for what is written. */
#include "hooks/record_mapping.h"

#include "base/page.h"
#include "file/live_region.h"
#include "rings/invariants.h"
#include "rings/ring.h"
#include "rings/turns.h"
#include "stacks/stacks.h"
#include "unwind/unwind.h"

/* As an event among others: its first raw word and what follows it. */
struct event {
  uint64_t word;
  struct mt_mapping mapping;
};

#define EVENT_WORDS ((uint32_t)(sizeof(struct event) / sizeof(uint64_t)))
#define FIRST_WORD                               \
  ((uint64_t)MT_RAW_OTHER << MT_RAW_KIND_SHIFT | \
   (uint64_t)MT_RAW_OTHER_MAPPING << MT_RAW_DETAIL_SHIFT | (EVENT_WORDS - 1))
_Static_assert(sizeof(struct event) == sizeof(uint64_t) + sizeof(struct mt_mapping), "unpadded");

static bool takes_memory(const struct mt_mapping *mapping) {
  switch ((enum mt_mapping_call)mapping->call) {
    case MT_MAPPING_MAP:
    case MT_MAPPING_MOVE_TO:
    case MT_MAPPING_PERMIT:
    case MT_MAPPING_EXTEND:
      return true;
    default:
      return false;
  }
}

static bool write_event(struct mt_thread *thread, const struct mt_mapping *mapping) {
  uint64_t *words = mt_ring_room(thread, 1 + EVENT_WORDS);
  if (words == NULL) return false;
  uint32_t stamps = thread->shared ? mt_turn_stamp(thread, words, 0, true, 0) : 0;
  struct event event = {FIRST_WORD, *mapping};
  mt_page_copy(words + stamps, &event, sizeof event);
  mt_ring_publish(thread, stamps + EVENT_WORDS);
  return true;
}

/* ---- Before recording starts: one thread, as for blocks (before_start.h) ---- */

#define NOTES_MAX 512u

static struct {
  struct {
    struct mt_mapping mapping;
    uint64_t pc;
  } notes[NOTES_MAX];
  uint32_t count;
  uint32_t lost;
  bool over;
} early;

static bool note_early(const struct mt_mapping *mapping, uint64_t pc) {
  if (early.over || mt_load_relaxed(&mt_hot->state) != MT_STATE_NONE) return false;
  uint32_t index = early.count; /* read once: a process that never records may have threads */
  if (index >= NOTES_MAX) {
    early.lost++;
    return false;
  }
  early.notes[index].mapping = *mapping;
  early.notes[index].pc = pc;
  early.count = index + 1;
  return true;
}

void mt_early_mappings_replay(struct mt_thread *thread) {
  early.over = true;
  uint32_t lost = early.lost;
  for (uint32_t i = 0; i < early.count; i++) {
    struct mt_mapping mapping = early.notes[i].mapping;
    if (takes_memory(&mapping)) {
      mapping.stack = mt_stacks_intern(&thread->sink, MT_STACK_ROOT, early.notes[i].pc);
    }
    if (!write_event(thread, &mapping)) lost++;
  }
  mt_add_relaxed(&mt_live_counters()[MT_COUNTER_LOST_EVENTS], lost);
}

/* ---- While recording ---- */

bool mt_record_mapping(struct mt_mapping mapping, const void *frame) {
  MT_OWN_WORK();
  struct mt_frame_start start = mt_frame_start_of(frame);
  /* A pause leaves no call out, once anything is recorded: what is mapped follows from all of them.
   */
  struct mt_thread *thread = mt_thread_enter_to_release((uintptr_t)frame);
  if (mt_unlikely(thread == NULL)) return note_early(&mapping, start.pc);
  if (takes_memory(&mapping)) {
    mapping.stack = mt_unwind(thread->unwind, &thread->sink, &start);
  }
  bool recorded = write_event(thread, &mapping);
  if (!recorded) {
    mt_add_relaxed(&mt_live_counters()[MT_COUNTER_LOST_EVENTS], 1);
    mt_add_relaxed(&mt_live_counters()[MT_COUNTER_LOST_RING_FULL], 1);
  }
  mt_thread_leave(thread);
  return recorded;
}
