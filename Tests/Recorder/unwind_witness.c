/* unwind_witness.c: see unwind_witness.h. */
#define UNW_LOCAL_ONLY
#include "unwind_witness.h"

#include <dlfcn.h>
#include <libunwind.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "modules/modules.h"
#include "stacks/stacks.h"
#include "trace_format.h"
#include "unwind/unwind.h"

#define FRAMES_MAX 512

struct stack {
  int count;
  bool ended;  /* at a thread's start */
  bool is_cut; /* at the limit */
  uint64_t pcs[FRAMES_MAX];
};

static uint64_t counters[MT_COUNTER_COUNT];
static uint64_t compared, failed;
static __thread struct mt_unwind_thread *kept_state, *fresh_state;
static __thread struct stack ours, theirs, callers; /* callers: async ones of our stack */
static __thread int callers_frame;
static __thread volatile int busy;

/* Definitions, checked as they come: a node's parent must have been defined before. */
static uint32_t highest_defined;

static void define_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self;
  if (pc == 0 || parent == id) witness_fail("define_node", "impossible node");
  uint32_t highest = mt_load_relaxed(&highest_defined);
  while (id > highest && !mt_cas_acq_rel(&highest_defined, &highest, id)) continue;
}

static uint64_t loads, unloads;

static void define_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self;
  const struct mt_record *record = records;
  if (bytes % 8 != 0 || record->bytes + sizeof *record > bytes)
    witness_fail("define_records", "malformed record");
  if (record->type == MT_RECORD_MODULE_LOAD) mt_add_relaxed(&loads, 1);
  if (record->type == MT_RECORD_MODULE_UNLOAD) mt_add_relaxed(&unloads, 1);
}

static struct mt_sink sink = {define_node, define_records};

void witness_begin(void) {
  mt_modules_configure(NULL);
  if (mt_unwind_configure(MT_UNWIND_FAST, MT_DEPTH_DEFAULT, counters) != MT_UNWIND_FAST) abort();
}

void witness_fail(const char *what, const char *why) {
  mt_add_relaxed(&failed, 1);
  fprintf(stderr, "%s: %s\n", what, why);
}

static void read_ours(uint32_t node) {
  ours.count = callers.count = 0;
  ours.ended = true;
  ours.is_cut = false;
  for (; node != MT_STACK_ROOT; node = mt_stack_node(node)->parent) {
    uint64_t pc = mt_stack_node(node)->pc;
    if (pc >= MT_PC_ASYNC && pc <= MT_PC_ASYNC + MT_PC_ASYNC_FRAMES_MAX) {
      callers = ours;
      callers_frame = (int)(pc - MT_PC_ASYNC);
      ours.count = 0;
      ours.ended = true;
      ours.is_cut = false;
    } else if (pc == MT_PC_CUT || pc == MT_PC_BROKEN) {
      ours.ended = false;
      ours.is_cut = pc == MT_PC_CUT;
    } else if (ours.count < FRAMES_MAX)
      ours.pcs[ours.count++] = pc;
  }
}

static void read_theirs(const struct mt_frame_start *start) {
  unw_context_t context;
  unw_cursor_t cursor;
  unw_word_t pc = 0, sp = 0;
  theirs.count = 0;
  unw_getcontext(&context);
  unw_init_local(&cursor, &context);
  do {
    if (unw_step(&cursor) <= 0) return;
    unw_get_reg(&cursor, UNW_REG_SP, &sp);
  } while (sp != start->sp);
  do {
    unw_get_reg(&cursor, UNW_REG_IP, &pc);
    theirs.pcs[theirs.count++] = pc;
  } while (theirs.count <= (int)MT_DEPTH_DEFAULT && unw_step(&cursor) > 0);
}

static void show(const char *name, const struct stack *stack) {
  fprintf(stderr, "  %s (%d):", name, stack->count);
  for (int i = 0; i < stack->count; i++)
    fprintf(stderr, " %llx", (unsigned long long)stack->pcs[i]);
  fprintf(stderr, "\n");
}

static __attribute__((noinline)) void compare(const char *what, const struct mt_frame_start *start,
                                              bool must_end) {
  if (busy) return; /* a signal interrupted another comparison */
  busy = 1;
  if (!kept_state) {
    kept_state = mt_sys_map_private(mt_unwind_thread_bytes());
    fresh_state = mt_sys_map_private(mt_unwind_thread_bytes());
    mt_unwind_thread_reset(kept_state);
  }
  uint32_t node = mt_unwind(kept_state, &sink, start);
  mt_unwind_thread_reset(fresh_state);
  if (mt_unwind(fresh_state, &sink, start) != node)
    witness_fail(what, "a kept stack gives another answer than a whole walk");
  read_ours(node);
  read_theirs(start);
  const int limit = MT_DEPTH_DEFAULT;
  bool same = ours.is_cut ? theirs.count > limit && ours.count > limit / 2 && ours.count <= limit
                          : ours.count == theirs.count;
  for (int i = 0; same && i < ours.count; i++)
    same = (ours.pcs[i] & (MT_PC_EXACT - 1)) == theirs.pcs[i];
  mt_add_relaxed(&compared, 1);
  if (!same) {
    witness_fail(what, "libunwind sees another stack");
    show("memtrace ", &ours);
    show("libunwind", &theirs);
  }
  if (must_end && !ours.ended && !ours.is_cut)
    witness_fail(what, "the stack does not reach a thread's start");
  busy = 0;
}

__attribute__((noinline)) void witness(const char *what) {
  struct mt_frame_start start = MT_FRAME_START();
  compare(what, &start, true);
  __asm__ volatile("");
}

static bool same_callers(int frame, const void *const *expected, int count) {
  if (callers.count != count || (count > 0 && callers_frame != frame)) return false;
  for (int i = 0; i < count; i++)
    if (callers.pcs[count - 1 - i] !=
        ((uint64_t)(uintptr_t)expected[i] | MT_PC_EXACT | MT_PC_AWAITS))
      return false;
  return true;
}

__attribute__((noinline)) void witness_async(const char *what, int frame,
                                             const void *const *expected, int count) {
  struct mt_frame_start start = MT_FRAME_START();
  compare(what, &start, true);
  if (!same_callers(frame, expected, count)) {
    witness_fail(what, "not the expected async callers");
    fprintf(stderr, "  of frame %d\n", callers_frame);
    show("callers", &callers);
  }
}

__attribute__((noinline)) void witness_broken(const char *what) {
  struct mt_frame_start start = MT_FRAME_START();
  compare(what, &start, false);
  __asm__ volatile("");
}

__attribute__((noinline)) void witness_longer(const char *what, int more) {
  struct mt_frame_start start = MT_FRAME_START();
  static __thread struct stack before;
  before = ours;
  uint32_t node = mt_unwind(kept_state, &sink, &start);
  mt_unwind_thread_reset(fresh_state);
  if (mt_unwind(fresh_state, &sink, &start) != node)
    witness_fail(what, "a kept stack gives another answer than a whole walk");
  read_ours(node);
  bool same = ours.count == before.count + more && ours.ended;
  for (int i = 1; same && i < before.count; i++) same = ours.pcs[i + more] == before.pcs[i];
  if (!same) {
    witness_fail(what, "not the expected stack");
    show("before", &before);
    show("now   ", &ours);
  }
  ours = before;
  mt_add_relaxed(&compared, 1);
}

__attribute__((noinline)) void witness_quick(void) {
  struct mt_frame_start start = MT_FRAME_START();
  mt_unwind(kept_state, &sink, &start);
  __asm__ volatile("");
}

static bool lies_in(uint64_t pc, const void *start, const void *end) {
  uint64_t address = pc & (MT_PC_EXACT - 1);
  return address > (uint64_t)(uintptr_t)start && address <= (uint64_t)(uintptr_t)end;
}

int witness_longest_run(void) {
  int longest = 0, run = 0;
  for (int i = 0; i < ours.count; i++) {
    run = i > 0 && ours.pcs[i] == ours.pcs[i - 1] ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest;
}

int witness_incarnation(const void *start, const void *end) {
  for (int i = 0; i < ours.count; i++)
    if (lies_in(ours.pcs[i], start, end)) return (int)(ours.pcs[i] >> MT_PC_INCARNATION_SHIFT);
  return -1;
}

int witness_dlclose(void *handle) {
  mt_modules_closing();
  int result = dlclose(handle);
  mt_modules_closed(&sink, 0);
  return result;
}

int witness_end(void) {
  printf(
      "%llu stacks, %llu nodes, %llu modules loaded, %llu unloaded, %llu by libunwind, "
      "%llu failures\n",
      (unsigned long long)compared, (unsigned long long)highest_defined, (unsigned long long)loads,
      (unsigned long long)unloads, (unsigned long long)counters[MT_COUNTER_UNWIND_FALLBACKS],
      (unsigned long long)failed);
  if (highest_defined > mt_stacks_count()) witness_fail("table", "more nodes than numbers");
  return failed != 0 || compared == 0;
}
