/*
 * check.c: MT_UNWIND_CHECK. Every stack is unwound both ways and compared, frame by frame.
 * libunwind's cached walk is asked first; only where it differs its slow, uncached one decides. The
 * first stacks that differ are kept as text.
 */
#include "stacks/stacks.h"
#include "unwind/rules.h"
#include "unwind/unwind.h"
#include "unwind/unwind_parts.h"

#define TEXT_BYTES 16384u

static char text[TEXT_BYTES];
static uint32_t text_used; /* bytes reserved so far, by add */

const char *mt_unwind_differences(size_t *bytes) {
  uint32_t used = mt_load_acquire(&text_used);
  *bytes = used < TEXT_BYTES ? used : TEXT_BYTES;
  return text;
}

/* "  0x0123456789abcdef 0x0123456789abcdef\n": ours, libunwind's. */
#define LINE_BYTES 40u

static void put_address(char *to, uint64_t value) {
  to[0] = '0';
  to[1] = 'x';
  for (unsigned i = 0; i < 16; i++) to[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
}

static void describe(const uint64_t *ours, uint32_t our_count, const uint64_t *theirs,
                     uint32_t their_count) {
  uint32_t lines = our_count > their_count ? our_count : their_count;
  uint32_t bytes = (lines + 1) * LINE_BYTES;
  if (mt_load_relaxed(&text_used) + bytes > TEXT_BYTES) return;
  uint32_t at = mt_add_acq_rel(&text_used, bytes);
  if (at + bytes > TEXT_BYTES) return;
  for (uint32_t i = 0; i <= lines; i++, at += LINE_BYTES) {
    char *line = &text[at];
    for (unsigned j = 0; j < LINE_BYTES; j++) line[j] = i == lines ? '-' : ' ';
    line[LINE_BYTES - 1] = '\n';
    if (i < our_count) put_address(line + 2, ours[i]);
    if (i < their_count) put_address(line + 21, theirs[i]);
  }
}

static bool same(const uint64_t *a, uint32_t a_count, const uint64_t *b, uint32_t b_count) {
  if (a_count != b_count) return false;
  for (uint32_t i = 0; i < a_count; i++)
    if (a[i] != b[i]) return false;
  return true;
}

/* How many of libunwind's frames ours would have. */
static uint32_t comparable(const struct mt_unwind_thread *thread, struct mt_sink *sink,
                           const uint64_t *theirs, uint32_t their_count, uint32_t our_count) {
  if (their_count <= our_count) return their_count;
  if (thread->cut != NULL) return our_count;
  return mt_libunwind_without_strays(sink, theirs, their_count, our_count);
}

/* The frames of a stack, from its nodes: what the trace will say. Returns their number. */
static uint32_t pcs_of(uint32_t node, uint64_t *pcs) {
  uint32_t count = 0;
  for (; node != MT_STACK_ROOT && count < mt_unwind_config.depth;
       node = mt_stack_node(node)->parent) {
    uint64_t pc = mt_stack_node(node)->pc & (MT_PC_EXACT - 1);
    if (pc != MT_PC_CUT && pc != MT_PC_BROKEN) pcs[count++] = pc;
  }
  return count;
}

uint32_t mt_unwind_check(struct mt_unwind_thread *thread, struct mt_sink *sink,
                         const struct mt_frame_start *start) {
  uint32_t node = mt_unwind_fast(thread, sink, start);
  if (mt_frames_kept(thread) == 0) return node; /* libunwind walked it: nothing to compare */
  uint64_t *ours = (uint64_t *)thread->frames;  /* scratch: the kept stack stays */
  uint64_t *theirs = ours + mt_unwind_config.depth;
  _Static_assert(sizeof(struct mt_frame) * MT_UNWIND_CAPACITY_MIN >=
                     sizeof(uint64_t) * (2 * MT_UNWIND_CAPACITY_MIN + MT_LIBUNWIND_OWN_FRAMES),
                 "two stacks of program counters fit scratch");
  uint32_t our_count = pcs_of(node, ours);
  bool complete;
  uint32_t their_count =
      mt_libunwind_walk(start->pc, theirs, our_count + MT_LIBUNWIND_OWN_FRAMES, &complete);
  their_count = comparable(thread, sink, theirs, their_count, our_count);
  if (same(ours, our_count, theirs, their_count)) return node;
  their_count =
      mt_libunwind_walk_slowly(start->pc, theirs, our_count + MT_LIBUNWIND_OWN_FRAMES, &complete);
  their_count = comparable(thread, sink, theirs, their_count, our_count);
  if (same(ours, our_count, theirs, their_count)) return node;
  mt_unwind_count(MT_COUNTER_UNWIND_DIFFERENCES);
  describe(ours, our_count, theirs, their_count);
  return node;
}
