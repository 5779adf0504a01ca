/* before_start.c: see before_start.h. */
#include "hooks/before_start.h"

#include "rings/ring.h"
#include "rings/words.h"
#include "stacks/stacks.h"

#define NOTES_MAX 4096u

struct note {
  uint64_t address;
  uint64_t bytes;
  uint64_t pc; /* 0: a release */
};

static struct {
  struct note notes[NOTES_MAX];
  uint32_t count;
  uint32_t lost;
  bool over;
} early;

static void note(uint64_t address, uint64_t bytes, uint64_t pc) {
  if (early.over || mt_load_relaxed(&mt_hot->state) != MT_STATE_NONE) return;
  uint32_t index = early.count; /* read once: a process that never records may have threads */
  if (index == NOTES_MAX) {
    early.lost++;
    return;
  }
  early.notes[index] = (struct note){address, bytes, pc};
  early.count = index + 1;
}

void mt_early_note_allocation(const void *block, size_t bytes, uint64_t pc) {
  note((uint64_t)(uintptr_t)block, bytes, pc);
}

void mt_early_note_release(const void *block) { note((uint64_t)(uintptr_t)block, 0, 0); }

static void replay(struct mt_thread *thread, const struct note *event) {
  uint32_t stack = event->pc == 0 ? 0 : mt_stacks_intern(&thread->sink, MT_STACK_ROOT, event->pc);
  uint64_t *words = mt_ring_room(thread, MT_RAW_EVENT_WORDS_MAX);
  if (words == NULL) return;
  if (event->pc == 0) {
    mt_ring_publish(thread, mt_put_any(words, MT_RAW_RELEASE, event->address));
    return;
  }
  mt_ring_publish_allocation(
      thread, mt_put_allocation(words, MT_RAW_ALLOCATE, 0, event->address, stack, event->bytes));
}

void mt_early_replay(struct mt_thread *thread) {
  early.over = true;
  if (mt_load_relaxed(&mt_hot->skipped) != MT_SKIPPED_NOTHING) return;
  for (uint32_t i = 0; i < early.count; i++) replay(thread, &early.notes[i]);
  uint64_t *counters = mt_live_counters();
  mt_add_relaxed(&counters[MT_COUNTER_EARLY_EVENTS], early.count);
  mt_add_relaxed(&counters[MT_COUNTER_LOST_EVENTS], early.lost);
}
