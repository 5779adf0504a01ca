/*
 * unwind_fast.c: the walk by rules, and the verified suffix that spares most of it.
 *
 * A thread's stack changes mostly at its leaf. The walk therefore looks, before each step, whether
 * the frame it stands on is one of the kept stack: same sp, same pc, and same bp where that
 * matters. If so, everything above is the same too as long as the memory it was derived from is:
 * each frame's return address, and each saved bp that an older frame depends on. Those words are
 * read again and compared; that proves, by induction from leaf to root, that a full walk would find
 * the kept frames. Where a word differs, the walk goes on from there.
 *
 * bp is compared only where it decides something. Optimised code keeps data in it; whoever leaves
 * a frame by sp alone, and whose callers all do or restore it first, does not depend on it.
 */
#include "modules.h"
#include "rule_cache.h"
#include "rules.h"
#include "stacks.h"
#include "unwind_parts.h"

struct walk {
  struct mt_unwind_thread *thread;
  struct mt_sink *sink;
  uint64_t epoch;
  struct mt_registers at;
  struct mt_frame *scratch;
  uint32_t count; /* frames in scratch */
};

/* How a walk came to its end. */
enum outcome {
  OUTCOME_GOES_ON,
  OUTCOME_END,     /* a thread's start */
  OUTCOME_BROKEN,  /* the last frame cannot be left */
  OUTCOME_CUT,     /* no room for the next frame */
  OUTCOME_COMPLEX, /* a frame that rules cannot leave */
};

/* ---- Rules and nodes ---- */

uint32_t mt_unwind_rule(struct mt_sink *sink, uint64_t pc, uint64_t epoch) {
  uint64_t address = mt_rule_address(pc);
  uint32_t rule = mt_unlikely(mt_modules_in_flux(epoch)) ? 0 : mt_rule_cache_find(address);
  if (mt_likely(rule != 0)) return rule;
  return mt_rules_learn(sink, address, epoch, mt_unwind_config.mode == MT_UNWIND_FP);
}

static __attribute__((noinline)) uint64_t with_incarnation(struct mt_sink *sink, uint64_t pc) {
  struct mt_module_view module;
  if (!mt_modules_find(sink, mt_rule_address(pc), &module)) return pc;
  return pc | (uint64_t)module.incarnation << MT_PC_INCARNATION_SHIFT;
}

uint32_t mt_unwind_intern(struct mt_sink *sink, uint32_t parent, uint64_t pc, uint32_t rule) {
  if (mt_unlikely(rule & MT_RULE_INCARNATION)) pc = with_incarnation(sink, pc);
  uint32_t node = mt_stacks_intern(sink, parent, pc);
  if (mt_unlikely(node == parent)) mt_unwind_count(MT_COUNTER_STACKS_CUT);
  return node;
}

/* ---- The kept stack ---- */

/* The leaf of the kept stack, or the sentinel when nothing usable is kept. */
static inline struct mt_frame *kept_leaf(const struct walk *walk) {
  struct mt_unwind_thread *thread = walk->thread;
  struct mt_frame *sentinel = mt_unwind_sentinel(thread);
  if (mt_unlikely(thread->kept == 0 || thread->epoch != walk->epoch ||
                  mt_modules_in_flux(walk->epoch))) {
    sentinel->sp = UINT64_MAX;
    return sentinel;
  }
  return sentinel - thread->kept;
}

static inline bool is_kept(const struct mt_frame *kept, const struct mt_registers *at) {
  return kept->sp == at->sp && kept->pc == at->pc &&
         (!(kept->rule & MT_FRAME_NEEDS_BP) || kept->bp == at->bp);
}

/* Frames whose callers cannot be compared word by word: left once more, and compared then. */
static __attribute__((noinline)) bool still_leads(struct mt_readable *readable,
                                                  const struct mt_frame *from,
                                                  const struct mt_frame *to) {
  struct mt_registers at = {from->sp, from->pc, from->bp};
  return mt_step_out(readable, from->rule & MT_FRAME_RULE, &at) == MT_STEP_DONE && is_kept(to, &at);
}

/*
 * The first frame from `frame` on that no longer leads to the kept frame above it; NULL when all
 * do. What is read lies in frames that were just proven to be there.
 */
static inline struct mt_frame *first_changed(struct mt_readable *readable, struct mt_frame *frame) {
  for (;; frame++) {
    uint32_t rule = frame->rule;
    if (mt_unlikely(rule & MT_FRAME_LAST)) return rule & MT_FRAME_CHECKS_BP ? frame : NULL;
    const struct mt_frame *next = frame + 1;
    enum mt_rule_kind kind = mt_rule_kind(rule);
    if (mt_unlikely(kind == MT_RULE_DEREF || kind == MT_RULE_SIGNAL)) {
      if (!still_leads(readable, frame, next)) return frame;
      continue;
    }
    if (mt_word_at(next->sp - 8) != next->pc) return frame;
    if ((rule & MT_FRAME_CHECKS_BP) &&
        mt_word_at(next->sp - 8 * (uint64_t)mt_rule_bp(rule)) != next->bp)
      return frame;
  }
}

/* Does leaving the frame, or a frame above it, depend on its bp? */
static inline bool needs_bp(uint32_t rule, bool caller_needs) {
  switch (mt_rule_kind(rule)) {
    case MT_RULE_BP:
    case MT_RULE_DEREF:
    case MT_RULE_GUESS:
      return true;
    case MT_RULE_SP:
      return caller_needs && mt_rule_bp(rule) == 0;
    default:
      return false;
  }
}

/*
 * Puts the walked frames below `kept` and interns them from there to the leaf. A handler that jumps
 * away in the middle leaves kept at 0: the next walk is a full one.
 */
static inline uint32_t commit(struct walk *walk, struct mt_frame *kept, uint32_t node, bool needs) {
  struct mt_unwind_thread *thread = walk->thread;
  thread->kept = 0;
  mt_signal_fence();
  for (uint32_t i = walk->count; i-- > 0;) {
    struct mt_frame *frame = &walk->scratch[i];
    uint32_t rule = frame->rule;
    node = mt_unwind_intern(walk->sink, node, frame->pc, rule);
    if (needs && mt_rule_bp(rule) != 0) rule |= MT_FRAME_CHECKS_BP;
    needs = needs_bp(rule, needs);
    if (needs) rule |= MT_FRAME_NEEDS_BP;
    kept--;
    kept->sp = frame->sp;
    kept->pc = frame->pc;
    kept->bp = frame->bp;
    kept->node = node;
    kept->rule = rule;
  }
  thread->epoch = walk->epoch;
  mt_signal_fence();
  thread->kept = (uint32_t)(mt_unwind_sentinel(thread) - kept);
  return node;
}

/* A walk that met no kept frame. */
static uint32_t commit_whole(struct walk *walk, enum outcome outcome) {
  uint32_t node = MT_STACK_ROOT;
  if (outcome == OUTCOME_CUT) {
    mt_unwind_count(MT_COUNTER_STACKS_CUT);
    node = mt_unwind_intern(walk->sink, node, MT_PC_CUT, 0);
  } else if (outcome == OUTCOME_BROKEN) {
    mt_unwind_count(MT_COUNTER_STACKS_BROKEN);
    node = mt_unwind_intern(walk->sink, node, MT_PC_BROKEN, 0);
  }
  struct mt_frame *last = &walk->scratch[walk->count - 1];
  bool again = outcome == OUTCOME_BROKEN || mt_rule_kind(last->rule) != MT_RULE_END;
  if (outcome == OUTCOME_CUT) again = false;
  last->rule |= MT_FRAME_LAST | (again ? MT_FRAME_CHECKS_BP : 0);
  return commit(walk, mt_unwind_sentinel(walk->thread), node, false);
}

/* ---- The walk ---- */

static inline enum outcome step(struct walk *walk, uint32_t rule) {
  if (mt_unlikely(walk->count == mt_unwind_config.depth)) return OUTCOME_CUT;
  walk->scratch[walk->count++] = (struct mt_frame){walk->at.sp, walk->at.pc, walk->at.bp, 0, rule};
  switch (mt_step_out(&walk->thread->readable, rule, &walk->at)) {
    case MT_STEP_DONE:
      return OUTCOME_GOES_ON;
    case MT_STEP_END:
      return OUTCOME_END;
    default:
      break;
  }
  if (mt_rule_kind(rule) == MT_RULE_COMPLEX) return OUTCOME_COMPLEX;
  bool chain_ended = mt_unwind_config.mode == MT_UNWIND_FP && walk->at.bp == 0;
  return chain_ended ? OUTCOME_END : OUTCOME_BROKEN;
}

/*
 * Can kept frames from `kept` on stand above the walked ones? The stack must fit; one that was cut
 * must be cut at the same frame again.
 */
static inline bool fits(const struct walk *walk, const struct mt_frame *kept) {
  const struct mt_frame *sentinel = mt_unwind_sentinel(walk->thread);
  uint32_t total = walk->count + (uint32_t)(sentinel - kept), depth = mt_unwind_config.depth;
  bool cut = mt_rule_kind(sentinel[-1].rule) != MT_RULE_END;
  return total == depth || (total < depth && !cut);
}

uint32_t mt_unwind_fast(struct mt_unwind_thread *thread, struct mt_sink *sink,
                        const struct mt_frame_start *start) {
  struct walk walk = {
      .thread = thread,
      .sink = sink,
      .epoch = mt_modules_epoch(),
      .at = {start->sp, start->pc, start->bp},
      .scratch = thread->frames,
  };
  struct mt_frame *kept = kept_leaf(&walk);
  enum outcome outcome = OUTCOME_GOES_ON;
  while (outcome == OUTCOME_GOES_ON) {
    while (kept->sp < walk.at.sp) kept++;
    if (is_kept(kept, &walk.at)) {
      struct mt_frame *changed = first_changed(&thread->readable, kept);
      if (mt_likely(!changed)) {
        if (mt_likely(fits(&walk, kept))) {
          if (walk.count == 0 && thread->kept == (uint32_t)(mt_unwind_sentinel(thread) - kept))
            return kept->node;
          return commit(&walk, kept, kept->node, (kept->rule & MT_FRAME_NEEDS_BP) != 0);
        }
        kept = mt_unwind_sentinel(thread);
      } else {
        /* What was proven is walked again without asking for rules: its kept bp may be old. */
        for (; kept <= changed && outcome == OUTCOME_GOES_ON; kept++)
          outcome = step(&walk, kept->rule & MT_FRAME_RULE);
        continue;
      }
    }
    outcome = step(&walk, mt_unwind_rule(sink, walk.at.pc, walk.epoch));
  }
  if (outcome == OUTCOME_COMPLEX) {
    mt_unwind_count(MT_COUNTER_UNWIND_FALLBACKS);
    mt_unwind_thread_reset(thread);
    if (mt_libunwind_loaded()) return mt_unwind_libunwind(thread, sink, start);
    outcome = OUTCOME_BROKEN;
  }
  return commit_whole(&walk, outcome);
}
