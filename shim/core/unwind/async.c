/* async.c: see async.h. Facts about Swift's calling convention: LLVM's "swifttailcc", and the
 * layout of swift::AsyncTask and swift::AsyncContext in the runtime's ABI/Task.h. */
#include "unwind/async.h"

#include <string.h>

#include "arch/machine_code.h"
#include "arch/registers.h"
#include "base/page.h"
#include "base/readable.h"
#include "cfi/cfi.h"
#include "cfi/rule_cache.h"
#include "modules/modules.h"
#include "unwind/rules.h"
#include "unwind/unwind_parts.h"

/* So many words of a frame are searched for a context. */
#define SPILLED_WORDS_MAX 256u

struct async_walk {
  struct mt_unwind_thread *thread;
  struct mt_sink *sink;
  uint64_t generation; /* of mt_modules_generation() */
};

struct async_context {
  uint64_t parent; /* of the awaiting function, 0 at the task's start */
  uint64_t resume; /* where that function resumes: the first instruction of a part of it */
};

/* ---- What is known of an address ----
 * One word in the upper half of the rule cache: kind, MT_RULE_INCARNATION, and n above them. */

enum home_kind {
  HOME_UNKNOWN = 1,  /* no tables, or they lose track of the context register */
  HOME_PASSED = 2,   /* the register as the caller has it: untouched, or saved at cfa - 8n */
  HOME_EXTENDED = 3, /* the frame keeps its async context at [bp - 8] */
  HOME_ENTRY = 4,    /* not inside a function but at its start */
  HOME_SPILLED = 5,  /* the async context is kept at [sp + 8n] */
};

#define HOME_KIND_MASK 7u
#define HOME_WORDS_SHIFT 4
#define HOME_WORDS_MAX ((1u << (MT_RULE_BITS - HOME_WORDS_SHIFT)) - 1)

_Static_assert(MT_RULE_INCARNATION == HOME_KIND_MASK + 1 &&
                   MT_RULE_INCARNATION < 1u << HOME_WORDS_SHIFT,
               "the flag is between kind and words");

static enum home_kind home_kind(uint32_t home) { return (enum home_kind)(home & HOME_KIND_MASK); }

static uint64_t home_bytes(uint32_t home) { return 8 * (uint64_t)(home >> HOME_WORDS_SHIFT); }

static bool is_extended(uint64_t function) {
  return mt_readable_now(function, MT_CODE_EXTENDED_FRAME) &&
         mt_code_makes_extended_frame((const uint8_t *)(uintptr_t)function);
}

static uint32_t describe(const struct mt_module_view *module, uint64_t address) {
  if (module->unwind_header == 0) return HOME_UNKNOWN;
  struct mt_cfi_image image = mt_rules_image(module);
  uint64_t below = 0, function = mt_cfi_context(&image, address, &below);
  if (function == 0) return HOME_UNKNOWN;
  if (function == address) return HOME_ENTRY;
  if (is_extended(function)) return HOME_EXTENDED;
  if (below % 8 != 0 || below / 8 > HOME_WORDS_MAX) return HOME_UNKNOWN;
  return HOME_PASSED | (uint32_t)(below / 8) << HOME_WORDS_SHIFT;
}

static void remember_home(const struct async_walk *walk, uint64_t address, uint32_t home) {
  if (walk->generation == mt_modules_generation() && !mt_modules_in_flux(walk->generation))
    mt_rule_cache_insert(address | MT_RULE_CONTEXT, home);
}

static __attribute__((noinline)) uint32_t learn_home(const struct async_walk *walk,
                                                     uint64_t address) {
  struct mt_module_view module;
  if (!mt_modules_find(walk->sink, address, &module)) return HOME_UNKNOWN;
  uint32_t home = describe(&module, address);
  if (module.incarnation) home |= MT_RULE_INCARNATION;
  remember_home(walk, address, home);
  return home;
}

static inline uint32_t home_of(const struct async_walk *walk, uint64_t address) {
  bool usable = !mt_modules_in_flux(walk->generation);
  uint32_t home = usable ? mt_rule_cache_find(address | MT_RULE_CONTEXT) : 0;
  return mt_likely(home != 0) ? home : learn_home(walk, address);
}

/* ---- The call that resumes a task ---- */

bool mt_async_is_task_call(uint64_t address) {
  uint64_t end = address + 1, start = end - MT_CODE_TASK_CALL;
  if (!mt_page_holds(address, MT_CODE_TASK_CALL) && !mt_readable_now(start, MT_CODE_TASK_CALL))
    return false;
  return mt_code_is_task_call((const uint8_t *)(uintptr_t)end);
}

void mt_async_kept_changed(struct mt_unwind_thread *thread, bool is_resumed) {
  const struct mt_frame *sentinel = thread->sentinel, *frame = thread->leaf;
  while (frame < sentinel && !(frame->rule & MT_RULE_TASK)) frame++;
  thread->task = (uint32_t)(sentinel - frame);
  /* The contexts of a task's callers live as long as it runs, but no longer. */
  if (is_resumed) thread->contexts = (struct mt_readable){0};
}

/* ---- Contexts ---- */

static bool read_context(struct mt_unwind_thread *thread, uint64_t address,
                         struct async_context *context) {
  if (address % 16 != 0 || !mt_is_readable(&thread->contexts, address, sizeof *context))
    return false;
  memcpy(context, (const void *)(uintptr_t)address, sizeof *context);
  return mt_pc_plausible(context->resume);
}

/* Does a chain of contexts begin here that leads to a task's start? */
static bool is_whole_chain(const struct async_walk *walk, uint64_t address) {
  struct async_context context;
  for (uint32_t i = 0; i < MT_ASYNC_CALLERS_MAX; i++, address = context.parent) {
    if (!read_context(walk->thread, address, &context)) return false;
    if (home_kind(home_of(walk, context.resume)) != HOME_ENTRY) return false;
    if (context.parent == 0) return true;
  }
  return false;
}

/* ---- The context of the function that was resumed ---- */

static bool read_word(struct mt_readable *readable, uint64_t address, uint64_t *word) {
  if (!mt_is_readable(readable, address, sizeof *word)) return false;
  *word = mt_word_at(address);
  return true;
}

static bool step_out(const struct async_walk *walk, struct mt_registers *at) {
  uint32_t rule = mt_unwind_rule(walk->sink, at->pc, walk->generation) & ~MT_RULE_TASK;
  return mt_rule_kind(rule) != MT_RULE_SIGNAL &&
         mt_step_out(&walk->thread->readable, rule, at) == MT_STEP_DONE;
}

/*
 * A function that needs the context register for something else has its context in one of its own
 * words. Which one is the same whenever it stands at this pc: looked for once, among all that its
 * frame holds.
 */
static __attribute__((noinline)) uint64_t find_spilled(const struct async_walk *walk,
                                                       const struct mt_registers *at) {
  struct mt_registers caller = *at;
  uint32_t home = HOME_UNKNOWN;
  uint64_t found = 0, word;
  if (!step_out(walk, &caller)) return 0;
  for (uint32_t i = 0; i < SPILLED_WORDS_MAX && at->sp + 8 * i < caller.sp; i++) {
    if (!read_word(&walk->thread->readable, at->sp + 8 * i, &word)) break;
    if (!is_whole_chain(walk, word)) continue;
    found = word;
    home = HOME_SPILLED | i << HOME_WORDS_SHIFT;
    break;
  }
  remember_home(walk, mt_rule_address(at->pc), home);
  return found;
}

static uint64_t context_at(const struct async_walk *walk, const struct mt_registers *at,
                           uint32_t home, uint64_t kept) {
  struct mt_readable *readable = &walk->thread->readable;
  uint64_t word;
  switch (home_kind(home)) {
    case HOME_EXTENDED:
      return read_word(readable, at->bp - 8, &word) ? word : 0;
    case HOME_SPILLED:
      return read_word(readable, at->sp + home_bytes(home), &word) ? word : 0;
    case HOME_PASSED:
      return is_whole_chain(walk, kept) ? kept : find_spilled(walk, at);
    default:
      return 0;
  }
}

/*
 * Walks from here to the frame at `resumed_sp`, following the register. 0 where that frame's
 * context cannot be found. Not to be inlined: its own frame is the first.
 */
static __attribute__((noinline)) uint64_t context_of(const struct async_walk *walk,
                                                     uint64_t resumed_sp) {
  struct mt_registers at;
  uint64_t kept; /* the context register */
  MT_READ_REGISTERS(at.pc, at.sp, at.bp, kept);
  at.pc |= MT_PC_EXACT;
  for (;;) {
    uint32_t home = home_of(walk, mt_rule_address(at.pc));
    if (at.sp >= resumed_sp) return at.sp == resumed_sp ? context_at(walk, &at, home, kept) : 0;
    if (!step_out(walk, &at)) return 0;
    if (home_kind(home) != HOME_PASSED)
      kept = 0;
    else if (home_bytes(home) != 0 &&
             !read_word(&walk->thread->readable, at.sp - home_bytes(home), &kept))
      kept = 0;
  }
}

uint32_t mt_async_callers(struct mt_unwind_thread *thread, struct mt_sink *sink, uint32_t node) {
  uint32_t kept = mt_frames_kept(thread);
  if (thread->task >= kept) return node;
  const struct mt_frame *resumed = thread->sentinel - thread->task - 1;
  uint32_t below = kept - thread->task - 1;
  if (below > MT_PC_ASYNC_FRAMES_MAX) return node;
  struct async_walk walk = {thread, sink, mt_modules_generation()};
  uint64_t at = context_of(&walk, resumed->sp);
  struct async_context context;
  uint32_t count = 0;
  for (; at != 0 && read_context(thread, at, &context); at = context.parent) {
    uint32_t home = home_of(&walk, context.resume);
    if (home_kind(home) != HOME_ENTRY) break;
    if (count == 0) node = mt_unwind_intern(thread, sink, node, MT_PC_ASYNC + below, 0);
    if (count++ == MT_ASYNC_CALLERS_MAX) {
      mt_unwind_count(MT_COUNTER_STACKS_CUT);
      return mt_unwind_intern(thread, sink, node, MT_PC_CUT, 0);
    }
    node = mt_unwind_intern(thread, sink, node, context.resume | MT_PC_EXACT | MT_PC_AWAITS, home);
  }
  if (count == 0) mt_unwind_count(MT_COUNTER_ASYNC_BROKEN);
  return node;
}
