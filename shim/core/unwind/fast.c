/*
 * fast.c: the walk by rules, and the verified suffix that spares most of it.
 *
 * A thread's stack changes mostly at its leaf. The walk therefore looks, before each step, whether
 * the frame it stands on is one of the kept stack: same sp, same pc, and same bp where that
 * matters. If so, everything above is the same too as long as the memory it was derived from is:
 * each frame's return address, and each saved bp that an older frame depends on. Those words are
 * read again and compared (proof.h); that proves, by induction from leaf to root, that a full walk
 * would find the kept frames. Where a word differs, the walk goes on from there.
 *
 * A stack that is deeper than the limit is cut (cut.h). Frames beyond the cut are kept, too: enough
 * to choose it again without a walk when calls return or come.
 *
 * bp is compared only where it decides something. Optimised code keeps data in it; whoever leaves
 * a frame by sp alone, and whose callers all do or restore it first, does not depend on it.
 */
#include "cfi/rule_cache.h"
#include "modules/modules.h"
#include "python/interpreter.h"
#include "stacks/stacks.h"
#include "unwind/async.h"
#include "unwind/branches.h"
#include "unwind/cut.h"
#include "unwind/python_callers.h"
#include "unwind/rules.h"
#include "unwind/unwind.h"
#include "unwind/unwind_parts.h"

/* Nodes that the stack table finds in the processor's own caches, about. */
#define MT_CACHED_NODES 16384u

/* A frame with one of these is no part of a branch: a task's callers are found by the kept stack.
 */
#define NO_BRANCH (MT_FRAME_LAST | MT_RULE_TASK)

/* What is walked in such a generation is not kept: no generation is equal to it
 * (mt_modules_in_flux). */
#define GENERATION_NEVER UINT64_MAX

/* How a walk came to its end. */
enum outcome {
  OUTCOME_GOES_ON,
  OUTCOME_END,     /* a thread's start */
  OUTCOME_BROKEN,  /* the last frame cannot be left */
  OUTCOME_CUT,     /* far enough beyond the limit */
  OUTCOME_COMPLEX, /* a frame that rules cannot leave */
};

struct walk {
  struct mt_unwind_thread *thread;
  struct mt_sink *sink;
  uint64_t generation;
  uint32_t count; /* frames in scratch */
};

/* ---- Rules and nodes ---- */

static inline uint32_t rule_for(struct mt_sink *sink, uint64_t pc, uint64_t generation) {
  uint64_t address = mt_rule_address(pc);
  uint32_t rule = mt_unlikely(mt_modules_in_flux(generation)) ? 0 : mt_rule_cache_find(address);
  if (mt_likely(rule != 0)) return rule;
  return mt_rules_learn(sink, address, generation, mt_unwind_config.mode == MT_UNWIND_FP);
}

uint32_t mt_unwind_rule(struct mt_sink *sink, uint64_t pc, uint64_t generation) {
  return rule_for(sink, pc, generation);
}

static __attribute__((noinline)) uint64_t with_incarnation(struct mt_sink *sink, uint64_t pc) {
  struct mt_module_view module;
  if (!mt_modules_find(sink, mt_rule_address(pc), &module)) return pc;
  return pc | (uint64_t)module.incarnation << MT_PC_INCARNATION_SHIFT;
}

static __attribute__((noinline)) uint32_t intern_other(struct mt_sink *sink, uint32_t parent,
                                                       uint64_t pc, struct mt_recent_node *recent) {
  uint32_t node = mt_stacks_intern(sink, parent, pc);
  if (mt_unlikely(node == parent)) {
    mt_unwind_count(MT_COUNTER_STACKS_CUT);
    return node;
  }
  recent->pc = 0; /* a handler that jumps away must not leave half an entry */
  mt_signal_fence();
  recent->parent = parent;
  recent->node = node;
  mt_signal_fence();
  recent->pc = pc;
  return node;
}

static inline uint32_t intern(struct mt_unwind_thread *thread, struct mt_sink *sink,
                              uint32_t parent, uint64_t pc, uint32_t rule) {
  if (mt_unlikely(rule & MT_RULE_INCARNATION)) pc = with_incarnation(sink, pc);
  uint64_t hash = (pc ^ (uint64_t)parent << 20) * UINT64_C(0x9e3779b97f4a7c15);
  struct mt_recent_node *recent = &thread->recent[hash >> (64 - MT_RECENT_BITS)];
  if (mt_likely(recent->pc == pc && recent->parent == parent)) return recent->node;
  return intern_other(sink, parent, pc, recent);
}

/*
 * Walked frames (the leaf first) will be looked up all at once, below `parent`; false when they are
 * too many, or one is of a later incarnation, so that its pc is not its node's.
 */
static __attribute__((noinline)) bool expect_path(struct mt_stack_path *path,
                                                  const struct mt_frame *frames, uint32_t count,
                                                  uint32_t parent) {
  if (count > MT_STACK_PATH_MAX) return false;
  path->parent = parent;
  path->count = count;
  for (uint32_t i = 0; i < count; i++) {
    if (frames[i].rule & MT_RULE_INCARNATION) return false;
    path->pcs[i] = frames[i].pc;
  }
  mt_stacks_expect_path(path);
  return true;
}

uint32_t mt_unwind_intern(struct mt_unwind_thread *thread, struct mt_sink *sink, uint32_t parent,
                          uint64_t pc, uint32_t rule) {
  return intern(thread, sink, parent, pc, rule);
}

/* ---- The kept stack ---- */

/* The first frame from `frame` on that no longer leads to the next; NULL when all do. */
static inline const struct mt_frame *first_changed(const struct mt_unwind_thread *thread,
                                                   const struct mt_frame *frame) {
  const struct mt_proof_word *changed = mt_proof_changed(frame->proof);
  if (changed == thread->proof_end) return NULL;
  while (frame[1].proof >= changed) frame++;
  return frame;
}

/*
 * What stands above a frame's rule, given whether the frame above needs its bp. A frame that is
 * left by sp alone passes the need on, unless it saved bp.
 */
static inline uint32_t flags_of(uint32_t rule, bool caller_needs) {
  enum mt_rule_kind kind = mt_rule_kind(rule);
  bool saves = mt_rule_bp(rule) != 0;
  if (mt_likely(kind == MT_RULE_SP)) {
    if (!caller_needs) return 0;
    return saves ? MT_FRAME_CHECKS_BP : MT_FRAME_NEEDS_BP;
  }
  uint32_t checks = caller_needs ? MT_FRAME_CHECKS_BP : 0;
  if (kind == MT_RULE_BP || kind == MT_RULE_GUESS) return MT_FRAME_NEEDS_BP | (saves ? checks : 0);
  if (kind == MT_RULE_DEREF) return MT_FRAME_NEEDS_BP | checks;
  return kind == MT_RULE_SIGNAL ? checks : 0;
}

/* Of such a stack every frame has its node. */
static inline bool is_whole(const struct mt_unwind_thread *thread, uint32_t frames) {
  return !thread->is_part && frames <= mt_unwind_config.depth;
}

/*
 * Interns a stack from `leaf` that is cut, or was before and is not any more. `joined` is the first
 * frame that was kept before, nodes above it are right as long as the cut stays.
 */
static __attribute__((noinline)) uint32_t intern_cut(const struct walk *walk, struct mt_frame *leaf,
                                                     struct mt_frame *joined) {
  struct mt_unwind_thread *thread = walk->thread;
  struct mt_frame *from = thread->sentinel;
  bool cuts = !is_whole(thread, (uint32_t)(thread->sentinel - leaf));
  const struct mt_frame *cut =
      cuts ? mt_cut_choose(thread, leaf, joined, mt_unwind_config.depth) : NULL;
  uint32_t node = thread->end_node;
  if (cut != NULL && cut == thread->cut && joined <= cut) {
    from = joined;
    node = joined->node;
  } else if (cut != NULL) {
    from -= thread->sentinel - cut - 1;
    node = mt_unwind_intern(thread, walk->sink, MT_STACK_ROOT, MT_PC_CUT, 0);
  }
  thread->cut = cut;
  while (from-- > leaf) from->node = node = intern(thread, walk->sink, node, from->pc, from->rule);
  return node;
}

/*
 * Puts the walked frames below `kept` and interns them from there to the leaf. A handler that jumps
 * away in the middle leaves nothing kept: the next walk is a full one. Once the stack table has
 * outgrown the caches, the frames are looked up all at once, and put in their places while the
 * first word of the table is on its way.
 */
static uint32_t commit(const struct walk *walk, struct mt_frame *kept, uint32_t node, bool needs) {
  struct mt_unwind_thread *thread = walk->thread;
  struct mt_frame *joined = kept;
  struct mt_proof_word *proof = kept->proof;
  thread->leaf = thread->sentinel;
  thread->steady = GENERATION_NEVER;
  mt_signal_fence();
  struct mt_stack_path path;
  bool is_plain =
      thread->cut == NULL && is_whole(thread, walk->count + (uint32_t)(thread->sentinel - kept));
  bool expected = is_plain && walk->count > 1 && mt_stacks_count() > MT_CACHED_NODES &&
                  expect_path(&path, thread->frames, walk->count, node);
  uint32_t seen = 0;
  for (uint32_t i = walk->count; i-- > 0;) {
    const struct mt_frame *frame = &thread->frames[i];
    uint32_t rule = frame->rule | flags_of(frame->rule, needs);
    seen |= rule;
    needs = (rule & MT_FRAME_NEEDS_BP) != 0;
    kept--;
    kept->sp = frame->sp;
    kept->pc = frame->pc;
    kept->bp = frame->bp;
    kept->rule = rule;
    kept->proof = proof = mt_frame_prove(kept, kept + 1, proof);
  }
  if (mt_unlikely(!is_plain)) {
    node = intern_cut(walk, kept, joined);
  } else if (expected && mt_stacks_find_path(&path)) {
    for (uint32_t i = 0; i < walk->count; i++) kept[i].node = path.nodes[i];
    node = kept->node;
  } else {
    for (uint32_t i = walk->count; i-- > 0;)
      kept[i].node = node = intern(thread, walk->sink, node, kept[i].pc, kept[i].rule);
  }
  thread->generation = mt_modules_in_flux(walk->generation) ? GENERATION_NEVER : walk->generation;
  mt_signal_fence();
  thread->leaf = kept;
  bool is_resumed = (seen & MT_RULE_TASK) != 0;
  if (mt_unlikely(is_resumed || thread->task != 0)) mt_async_kept_changed(thread, is_resumed);
  const struct mt_frame *cut = thread->cut;
  if (mt_unlikely(cut != NULL)) mt_unwind_count(MT_COUNTER_STACKS_CUT);
  if (cut == NULL && thread->task == 0 && mt_unwind_config.mode != MT_UNWIND_CHECK &&
      !mt_python_is_active())
    thread->steady = thread->generation;
  if (walk->count <= MT_BRANCH_WORDS && !(seen & NO_BRANCH) && (cut == NULL || joined <= cut))
    mt_branch_keep(thread, walk->count);
  return node;
}

static bool is_stray(const struct walk *walk, uint64_t pc) {
  struct mt_unwind_thread *thread = walk->thread;
  if (pc == thread->stray) return true;
  if (!mt_rules_is_stray(walk->sink, pc)) return false;
  thread->stray = pc;
  return true;
}

/* A walk that met no kept frame. */
static __attribute__((noinline)) uint32_t commit_whole(struct walk *walk, enum outcome outcome) {
  struct mt_unwind_thread *thread = walk->thread;
  uint32_t node = MT_STACK_ROOT;
  if (outcome == OUTCOME_BROKEN) {
    while (walk->count > 1 && is_stray(walk, thread->frames[walk->count - 1].pc)) walk->count--;
    mt_unwind_count(MT_COUNTER_STACKS_BROKEN);
    node = mt_unwind_intern(thread, walk->sink, node, MT_PC_BROKEN, 0);
  }
  struct mt_frame *last = &thread->frames[walk->count - 1];
  bool final = outcome == OUTCOME_CUT || mt_rule_kind(last->rule) == MT_RULE_END;
  last->rule |= MT_FRAME_LAST | (final ? 0 : MT_FRAME_OPEN);
  thread->leaf = thread->sentinel;
  mt_signal_fence();
  thread->cut = NULL;
  thread->is_part = outcome == OUTCOME_CUT;
  thread->end_node = node;
  return commit(walk, thread->sentinel, node, false);
}

/*
 * Can the kept frames from `kept` on stand above the walked ones? There must be room for all, and
 * so many, if the stack goes on above them, that none beyond them could be where it is cut.
 */
static bool fits(const struct walk *walk, const struct mt_frame *kept) {
  const struct mt_unwind_thread *thread = walk->thread;
  uint32_t total = walk->count + (uint32_t)(thread->sentinel - kept);
  return total <= mt_unwind_config.capacity && (!thread->is_part || total > mt_unwind_config.depth);
}

/* A walk that met the kept stack. */
static inline uint32_t commit_onto(const struct walk *walk, struct mt_frame *kept) {
  return commit(walk, kept, kept->node, (kept->rule & MT_FRAME_NEEDS_BP) != 0);
}

/* The last stack once more. */
static inline uint32_t same_again(const struct mt_unwind_thread *thread,
                                  const struct mt_frame *leaf) {
  if (mt_unlikely(thread->cut != NULL)) mt_unwind_count(MT_COUNTER_STACKS_CUT);
  return leaf->node;
}

/* ---- The walk ---- */

static inline __attribute__((always_inline)) enum outcome step(struct walk *walk, uint32_t rule,
                                                               struct mt_registers *at) {
  if (mt_unlikely(walk->count == mt_unwind_config.reach)) return OUTCOME_CUT;
  struct mt_frame *frame = &walk->thread->frames[walk->count++];
  frame->sp = at->sp;
  frame->pc = at->pc;
  frame->bp = at->bp;
  frame->rule = rule;
  enum mt_step left = mt_step_out(&walk->thread->readable, rule, at);
  if (mt_likely(left == MT_STEP_DONE)) return OUTCOME_GOES_ON;
  if (left == MT_STEP_END) return OUTCOME_END;
  if (mt_rule_kind(rule) == MT_RULE_COMPLEX) return OUTCOME_COMPLEX;
  bool chain_ended = mt_unwind_config.mode == MT_UNWIND_FP && at->bp == 0;
  return chain_ended ? OUTCOME_END : OUTCOME_BROKEN;
}

/* What was proven is walked again without asking for rules: its kept bp may be old. */
static __attribute__((noinline)) enum outcome walk_again(struct walk *walk, struct mt_frame *kept,
                                                         const struct mt_frame *changed,
                                                         struct mt_registers *at) {
  enum outcome outcome = OUTCOME_GOES_ON;
  for (; kept <= changed && outcome == OUTCOME_GOES_ON; kept++)
    outcome = step(walk, kept->rule & MT_FRAME_RULE, at);
  return outcome;
}

/* The walk from `start`; `kept` is the kept stack's leaf, or the sentinel when nothing is kept. */
static __attribute__((noinline)) uint32_t walk_from(struct mt_unwind_thread *thread,
                                                    struct mt_sink *sink,
                                                    const struct mt_frame_start *start,
                                                    uint64_t generation, struct mt_frame *kept) {
  struct walk walk = {.thread = thread, .sink = sink, .generation = generation};
  struct mt_registers at = {start->sp, start->pc, start->bp};
  mt_readable_begin(&thread->readable, at.sp);
  const struct mt_frame *leaf = kept;
  enum outcome outcome = OUTCOME_GOES_ON;
  while (mt_likely(outcome == OUTCOME_GOES_ON)) {
    while (kept->sp < at.sp) kept++; /* frames of the last walk that have returned */
    if (mt_frame_is(kept, &at)) {
      const struct mt_frame *changed = first_changed(thread, kept);
      if (mt_likely(changed == NULL)) {
        if (kept == leaf && walk.count == 0) return same_again(thread, kept);
        if (mt_likely(fits(&walk, kept))) return commit_onto(&walk, kept);
        changed = thread->sentinel - 1;
      }
      struct mt_registers copy = at; /* `at` itself stays in registers */
      outcome = walk_again(&walk, kept, changed, &copy);
      kept += changed - kept + 1;
      at = copy;
      continue;
    }
    outcome = step(&walk, rule_for(sink, at.pc, generation), &at);
  }
  if (outcome == OUTCOME_COMPLEX) {
    mt_unwind_count(MT_COUNTER_UNWIND_FALLBACKS);
    thread->leaf = thread->sentinel;
    if (mt_libunwind_loaded()) return mt_unwind_libunwind(thread, sink, start);
    outcome = OUTCOME_BROKEN;
  }
  return commit_whole(&walk, outcome);
}

/* A stack other than the last one: a branch of it, or one that has to be walked. */
static __attribute__((noinline)) uint32_t unwind_other(struct mt_unwind_thread *thread,
                                                       struct mt_sink *sink,
                                                       const struct mt_frame_start *start,
                                                       uint64_t generation) {
  struct mt_registers at = {start->sp, start->pc, start->bp};
  struct mt_frame *leaf = thread->generation == generation ? thread->leaf : thread->sentinel;
  if (mt_likely(leaf != thread->sentinel && thread->task == 0 && !thread->is_interpreted)) {
    uint32_t node;
    const struct mt_frame *kept = mt_branch_find(thread, generation, &at, &node);
    bool has_node = kept != NULL && (thread->cut == NULL || kept <= thread->cut);
    if (has_node && mt_likely(first_changed(thread, kept) == NULL)) {
      if (mt_unlikely(thread->cut != NULL)) mt_unwind_count(MT_COUNTER_STACKS_CUT);
      return node;
    }
  }
  return walk_from(thread, sink, start, generation, leaf);
}

/* What mt_unwind finds, too: here when more than that has to be done. */
static inline __attribute__((always_inline)) uint32_t unwind(struct mt_unwind_thread *thread,
                                                             struct mt_sink *sink,
                                                             const struct mt_frame_start *start) {
  uint64_t generation = mt_modules_generation();
  struct mt_registers at = {start->sp, start->pc, start->bp};
  if (thread->generation == generation && mt_frames_same(thread, &at))
    return same_again(thread, thread->leaf);
  return unwind_other(thread, sink, start, generation);
}

uint32_t mt_unwind_fast(struct mt_unwind_thread *thread, struct mt_sink *sink,
                        const struct mt_frame_start *start) {
  return unwind(thread, sink, start);
}

uint32_t mt_unwind_full(struct mt_unwind_thread *thread, struct mt_sink *sink,
                        const struct mt_frame_start *start) {
  if (mt_unlikely(mt_load_acquire(&thread->stale) != 0)) mt_unwind_thread_reset(thread);
  enum mt_unwind_mode mode = mt_unwind_config.mode;
  if (mt_unlikely(mode == MT_UNWIND_LIBUNWIND || mode == MT_UNWIND_CHECK))
    return mt_unwind_with_libunwind(thread, sink, start);
  uint32_t node = unwind(thread, sink, start);
  if (mt_unlikely(thread->task != 0)) return mt_async_callers(thread, sink, node);
  if (mt_likely(!mt_python_is_active())) return node;
  if (!thread->is_interpreted) {
    if (!mt_python_has_thread_state()) return node;
    /* What a branch found is not kept. */
    thread->is_interpreted = 1;
    node = unwind(thread, sink, start);
  }
  return mt_python_callers(thread, sink, node);
}
