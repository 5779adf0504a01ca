/* moments.c: see moments.h. Record layouts: trace_format.h. */
#include "hooks/moments.h"

#include <string.h>

#include "base/page.h"
#include "file/trace_file.h"
#include "process/state.h"
#include "rings/invariants.h"
#include "rings/ring.h"
#include "rings/turns.h"

/* How much of a label is kept: a character that does not fit whole is left out. */
static uint32_t label_bytes(const char *label) {
  uint32_t bytes = (uint32_t)strnlen(label, MT_LABEL_BYTES_MAX + 1);
  if (bytes <= MT_LABEL_BYTES_MAX) return bytes;
  bytes = MT_LABEL_BYTES_MAX;
  while (bytes > 0 && ((unsigned char)label[bytes] & 0xc0) == 0x80) bytes--;
  return bytes;
}

/* Later by at least one unit of the trace's clock than the thread's events so far: by their times
 * the events around the moment can be told apart. */
static uint64_t time_after(const struct mt_thread *thread) {
  uint64_t now = mt_trace_file_now_ns();
  if (thread->clock_ns == UINT64_MAX) return now;
  uint64_t least = thread->clock_ns + (UINT64_C(1) << MT_TIME_SHIFT);
  return now > least ? now : least;
}

/* Publishes a record of `bytes` and the label behind it as one of `thread`'s events, at `time_ns`.
 */
static void publish(struct mt_thread *thread, const void *record, size_t bytes, const char *label,
                    uint32_t kept, uint64_t time_ns) {
  uint32_t record_words = (uint32_t)(bytes + kept + 7) / 8;
  uint64_t *words = mt_ring_room_for_definition(thread, 3 + record_words);
  if (words == NULL) return;
  uint32_t stamps = thread->shared ? mt_turn_stamp(thread, words, 0, true, 0) : 0;
  words += stamps;
  words[0] = (uint64_t)MT_RAW_TIME << MT_RAW_KIND_SHIFT | time_ns;
  words[1] = (uint64_t)MT_RAW_SPECIAL << MT_RAW_KIND_SHIFT | record_words * 8;
  words[1 + record_words] = 0; /* the label's padding */
  mt_page_copy(words + 2, record, bytes);
  mt_page_copy((char *)(words + 2) + bytes, label, kept);
  thread->clock_ns = time_ns;
  mt_ring_publish(thread, stamps + 2 + record_words);
}

void mt_moment_mark(const char *label, const void *frame) {
  MT_OWN_WORK();
  struct mt_thread *thread = mt_thread_enter((uintptr_t)frame);
  if (thread == NULL) return;
  uint32_t kept = label_bytes(label);
  struct {
    struct mt_record header;
    struct mt_mark mark;
  } record = {
      .header = {.type = MT_RECORD_MARK, .bytes = (uint32_t)sizeof record.mark + kept},
      .mark = {time_after(thread), thread->thread, kept},
  };
  publish(thread, &record, sizeof record, label, kept, record.mark.time_ns);
  mt_thread_leave(thread);
}

void mt_moment_record(struct mt_moment moment, const char *label, const void *frame) {
  MT_OWN_WORK();
  struct mt_thread *thread = mt_thread_enter((uintptr_t)frame);
  if (thread == NULL) return;
  uint32_t kept = label_bytes(label);
  moment.time_ns = time_after(thread);
  moment.thread = thread->thread;
  moment.label_bytes = kept;
  struct {
    struct mt_record header;
    struct mt_moment moment;
  } record = {
      .header = {.type = MT_RECORD_MOMENT, .bytes = (uint32_t)sizeof moment + kept},
      .moment = moment,
  };
  publish(thread, &record, sizeof record, label, kept, moment.time_ns);
  mt_thread_leave(thread);
}

/* What is recorded while a pause begins or ends is recorded on either side of it: of the calling
 * thread's events those before the call, and none between the two. */
void mt_moment_pause(const void *frame) {
  if (mt_load_acquire(&mt_hot->skipped) != MT_SKIPPED_NOTHING) return;
  mt_moment_record((struct mt_moment){.kind = MT_MOMENT_PAUSE}, "", frame);
  mt_state_skip(MT_SKIPPED_ALLOCATIONS);
}

void mt_moment_resume(const void *frame) {
  if (mt_load_acquire(&mt_hot->skipped) == MT_SKIPPED_NOTHING) return;
  mt_moment_record((struct mt_moment){.kind = MT_MOMENT_RESUME}, "", frame);
  mt_state_skip(MT_SKIPPED_NOTHING);
}
