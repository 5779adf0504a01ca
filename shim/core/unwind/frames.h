/*
 * frames.h: one step of a walk, and the frames that a thread keeps of its last walk. Used by the
 * unwind_*.c files; nobody else looks into a struct mt_unwind_thread.
 */
#ifndef MEMTRACE_FRAMES_H
#define MEMTRACE_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/readable.h"
#include "cfi/rule.h"
#include "trace_format.h"
#include "unwind/proof.h"

struct mt_registers {
  uint64_t sp;
  uint64_t pc; /* with MT_PC_EXACT above a signal frame */
  uint64_t bp;
};

/*
 * A frame that was walked. Above its rule stand four facts about its place in the stack:
 * NEEDS_BP   its bp decides how it, or an older frame, is left: another bp, another stack
 * CHECKS_BP  it saved the bp that the next frame needs: its slot must still hold that
 * LAST       nothing was recorded beyond it
 * OPEN       with LAST: because the walk ended there for want of a caller, which is looked for
 *            again every time
 */
struct mt_frame {
  uint64_t sp;
  uint64_t pc;
  uint64_t bp;
  struct mt_proof_word *proof; /* in the kept stack: the last word of its own, if it has one */
  uint32_t node;
  uint32_t rule;
};

#define MT_FRAME_NEEDS_BP (1u << 28)
#define MT_FRAME_CHECKS_BP (1u << 29)
#define MT_FRAME_OPEN (1u << 30)
#define MT_FRAME_LAST (1u << 31)
#define MT_FRAME_RULE (MT_FRAME_NEEDS_BP - 1)

_Static_assert(MT_RULE_BITS <= 28, "flags stand above the rule");

/* A node that this thread interned lately; pc 0 is no entry. */
struct mt_recent_node {
  uint64_t pc;
  uint32_t parent;
  uint32_t node;
};

#define MT_RECENT_BITS 8
#define MT_RECENT_NODES (1u << MT_RECENT_BITS)

/* See branches.h. */
#define MT_BRANCH_WORDS 10u
#define MT_BRANCH_SETS 32u
#define MT_BRANCH_WAYS 2u
#define MT_BRANCH_HINTS_MAX 3u
#define MT_BRANCH_HINT_BITS 8
#define MT_BRANCH_CANDIDATES 64u

struct mt_branch {
  struct mt_registers leaf; /* sp 0: no branch */
  uint64_t generation;
  uint32_t needs_bp; /* of the leaf */
  uint32_t node;
  uint32_t count; /* of words, without the end */
  uint32_t above; /* frames from the end to the root, both included */
  uint64_t end_sp;
  uint64_t end_bp;
  uint32_t end_node;
  uint32_t end_rule;
  struct mt_proof_word words[1 + MT_BRANCH_WORDS]; /* its own proof: what led to the end frame */
};

/*
 * With n = mt_unwind_config.capacity:
 * frames[0, n)   scratch: the walk under way, from the leaf
 * frames[n, 2n)  the kept stack, from `leaf` on
 * frames[2n]     a sentinel above all: its sp is larger than any, its proof is the end
 * and behind them the words of the kept stack's proof, after its end.
 */
struct mt_unwind_thread {
  uint64_t generation;   /* of mt_modules_generation(), under which the kept stack holds */
  uint64_t steady;       /* the same, if the kept stack found again is the whole answer */
  struct mt_frame *leaf; /* of the kept stack; the sentinel while it is being changed */
  struct mt_frame *sentinel;
  const struct mt_proof_word *proof_end; /* of the kept stack: the sentinel's */
  const struct mt_frame
      *cut; /* of the kept stack: the outermost frame that is recorded; NULL: all */
  const struct mt_frame *cut_leaf; /* the leaf for which that was chosen */
  uint32_t is_part;                /* the stack goes on beyond the frames that are kept */
  uint32_t end_node;               /* of a kept stack that is no part: the node above it */
  uint64_t origin;                 /* where this thread's stack begins, about; 0: not known yet */
  uint64_t stray; /* the last pc of which mt_rules_is_stray: walk after walk ends at the same */
  uint32_t task;  /* frames of it from the root to the innermost MT_RULE_TASK; 0: none */
  uint32_t
      is_interpreted; /* 1: it has run Python code. What is kept is then always the last stack */
  struct mt_python_thread *python;
  uint32_t stale; /* 1: something that was read is mapped no more; set by whoever unmapped it */
  struct mt_readable readable;
  struct mt_readable contexts; /* the same for async contexts, while one task runs */
  struct mt_recent_node recent[MT_RECENT_NODES];
  struct mt_branch branches[MT_BRANCH_SETS][MT_BRANCH_WAYS];
  uint16_t branch_hints[1u << MT_BRANCH_HINT_BITS];
  uint32_t branch_candidates[MT_BRANCH_CANDIDATES]; /* nodes of stacks that were walked lately */
  uint32_t branch_turn;                             /* branches kept so far */
  struct mt_frame frames[];
};

enum mt_step {
  MT_STEP_DONE,   /* the registers are the caller's now */
  MT_STEP_END,    /* there is no caller */
  MT_STEP_BROKEN, /* there should be one, but it cannot be found */
};

/* Frames of the kept stack. */
static inline uint32_t mt_frames_kept(const struct mt_unwind_thread *thread) {
  return (uint32_t)(thread->sentinel - thread->leaf);
}

/* Is it the frame with these registers? */
static inline bool mt_frame_is(const struct mt_frame *frame, const struct mt_registers *at) {
  return frame->sp == at->sp && frame->pc == at->pc &&
         (!(frame->rule & MT_FRAME_NEEDS_BP) || frame->bp == at->bp);
}

/* At most so many words lead from one frame to the next. */
#define MT_FRAME_WORDS_MAX 3u

/* [hook] mt_frame_prove for every kind but SP and BP. */
struct mt_proof_word *mt_frame_prove_rare(const struct mt_frame *frame, const struct mt_frame *next,
                                          struct mt_proof_word *proof);

/*
 * [hook] Puts the words by which a frame led to the next behind `proof`, which is that one's; what
 * decides where another lies is put behind it. Returns the last.
 */
static inline struct mt_proof_word *mt_frame_prove(const struct mt_frame *frame,
                                                   const struct mt_frame *next,
                                                   struct mt_proof_word *proof) {
  uint32_t rule = frame->rule;
  if (mt_unlikely(mt_rule_kind(rule) > MT_RULE_BP || (rule & MT_FRAME_LAST)))
    return mt_frame_prove_rare(frame, next, proof);
  if (rule & MT_FRAME_CHECKS_BP)
    *++proof = (struct mt_proof_word){next->sp - 8 * (uint64_t)mt_rule_bp(rule), next->bp};
  *++proof = (struct mt_proof_word){next->sp - 8, next->pc};
  return proof;
}

/* [hook] Is the stack that starts with these registers the kept one? */
static inline __attribute__((always_inline)) bool mt_frames_same(
    const struct mt_unwind_thread *thread, const struct mt_registers *at) {
  const struct mt_frame *leaf = thread->leaf;
  return mt_frame_is(leaf, at) && mt_likely(mt_proof_changed(leaf->proof) == thread->proof_end);
}

/* The address by which the rule of a pc is found: inside the call, not after it. */
static inline uint64_t mt_rule_address(uint64_t pc) {
  return pc & MT_PC_EXACT ? pc & ~MT_PC_EXACT : pc - 1;
}

/* A program counter that can be one. */
#define MT_PC_LOWEST UINT64_C(4096) /* what lies below is never mapped */
static inline bool mt_pc_plausible(uint64_t pc) {
  return pc - MT_PC_LOWEST < (UINT64_C(1) << 47) - MT_PC_LOWEST;
}

/* [hook] mt_step_out for every kind but SP and BP. */
enum mt_step mt_step_out_rare(struct mt_readable *readable, uint32_t rule, struct mt_registers *r);

/*
 * [hook] Leaves a frame by its rule. On anything but MT_STEP_DONE the registers are as before.
 * Reads nothing that is not known to be readable.
 */
static inline __attribute__((always_inline)) enum mt_step mt_step_out(struct mt_readable *readable,
                                                                      uint32_t rule,
                                                                      struct mt_registers *r) {
  enum mt_rule_kind kind = mt_rule_kind(rule);
  if (mt_unlikely(kind > MT_RULE_BP)) {
    struct mt_registers copy = *r; /* whose address may be known: *r itself stays in registers */
    enum mt_step step = mt_step_out_rare(readable, rule, &copy);
    *r = copy;
    return step;
  }
  uint64_t cfa = (kind == MT_RULE_SP ? r->sp : r->bp) + 8 * (uint64_t)mt_rule_cfa(rule);
  uint64_t below = 8 * (uint64_t)mt_rule_bp(rule), read = below ? below : 8;
  if (mt_unlikely(!mt_is_readable(readable, cfa - read, read))) return MT_STEP_BROKEN;
  uint64_t pc = mt_word_at(cfa - 8);
  if (mt_unlikely(!mt_pc_plausible(pc))) return pc == 0 ? MT_STEP_END : MT_STEP_BROKEN;
  if (below != 0) r->bp = mt_word_at(cfa - below);
  r->sp = cfa;
  r->pc = pc;
  return MT_STEP_DONE;
}

#endif
