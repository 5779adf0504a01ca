/*
 * branches.h: stacks beside the kept one. A program that allocates in several places in turn comes
 * back to the same stacks, which differ from one another in a few frames at the leaf. A branch is
 * what led through those few frames: the words that the walk read there, and the kept frame that it
 * came to. When all of these still hold, and the kept frame still leads to the root, then a walk
 * would find the same stack: it is neither walked nor interned again.
 *
 * The kept stack stays as it is when a branch is found, so that the other branches stay upon it.
 *
 * Branches stand in a small table by their leaf. Where several have the same leaf, because one
 * function is called from many places at the same depth, the word that tells them apart, a return
 * address, is learnt as a hint: it becomes part of the place. A wrong hint only means a walk.
 */
#ifndef MEMTRACE_BRANCHES_H
#define MEMTRACE_BRANCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"
#include "unwind/frames.h"

#define MT_BRANCH_MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t mt_branch_leaf_hash(uint64_t sp, uint64_t pc) {
  return (pc ^ sp << 24) * MT_BRANCH_MULTIPLIER;
}

static inline uint16_t *mt_branch_hint(struct mt_unwind_thread *thread, uint64_t hash) {
  return &thread->branch_hints[hash >> (64 - MT_BRANCH_HINT_BITS)];
}

/*
 * The hash with the word that a hint names, `hint` words above the slot of malloc's own return
 * address. Only that slot's page is sure to be readable; for a word beyond, the slot stands in.
 */
static inline uint64_t mt_branch_hash_on(uint64_t hash, uint64_t sp, uint16_t hint) {
  uint64_t slot = sp - 8, address = slot + 8 * (uint64_t)hint;
  bool is_near = ((address ^ slot) & ~UINT64_C(4095)) == 0;
  return ((hash << 1) ^ mt_word_at(is_near ? address : slot)) * MT_BRANCH_MULTIPLIER;
}

/* The two places where a branch of this leaf may stand. */
static inline struct mt_branch *mt_branch_places(struct mt_unwind_thread *thread, uint64_t sp,
                                                 uint64_t pc) {
  uint64_t hash = mt_branch_leaf_hash(sp, pc);
  for (unsigned i = 0; i < MT_BRANCH_HINTS_MAX; i++) {
    uint16_t hint = *mt_branch_hint(thread, hash);
    if (hint == 0) break;
    hash = mt_branch_hash_on(hash, sp, hint);
  }
  return thread->branches[(hash >> 32) & (MT_BRANCH_SETS - 1)];
}

/* [hook] Learns that the word at `address` tells branches of this leaf apart. */
void mt_branch_learn(struct mt_unwind_thread *thread, const struct mt_registers *leaf,
                     uint64_t address);

/*
 * [hook] The kept frame that the branch of `leaf` leads to, with the branch's node in *node; NULL
 * when there is no such branch. The thread's kept stack must be of `generation`; whether that frame
 * still leads to the root is for the caller to ask.
 */
static inline const struct mt_frame *mt_branch_find(struct mt_unwind_thread *thread,
                                                    uint64_t generation,
                                                    const struct mt_registers *leaf,
                                                    uint32_t *node) {
  const struct mt_branch *branch = mt_branch_places(thread, leaf->sp, leaf->pc);
  uint64_t differs = 0;
  for (const struct mt_branch *end = branch + MT_BRANCH_WAYS; branch < end; branch++) {
    if (branch->leaf.sp != leaf->sp || branch->leaf.pc != leaf->pc) continue;
    if (branch->needs_bp && branch->leaf.bp != leaf->bp) continue;
    if (branch->generation != generation) continue;
    const struct mt_frame *kept = thread->sentinel - branch->above;
    if (mt_unlikely(kept < thread->leaf)) continue;
    const struct mt_proof_word *changed = mt_proof_changed(&branch->words[branch->count]);
    if (mt_unlikely(changed != branch->words)) {
      differs = changed->address;
      continue;
    }
    if (mt_unlikely(kept->sp != branch->end_sp || kept->node != branch->end_node)) continue;
    if (mt_unlikely(kept->rule != branch->end_rule)) continue;
    if ((kept->rule & MT_FRAME_NEEDS_BP) && mt_unlikely(kept->bp != branch->end_bp)) continue;
    *node = branch->node;
    return kept;
  }
  if (differs != 0) mt_branch_learn(thread, leaf, differs);
  return NULL;
}

/*
 * [hook] The `count` frames at the leaf of the kept stack, none of them LAST, were just walked:
 * remembers them as a branch of what stands above them, if the stack has been walked before and if
 * no more than MT_BRANCH_WORDS words led through them.
 */
void mt_branch_keep(struct mt_unwind_thread *thread, uint32_t count);

/* [hook] Forgets all. */
void mt_branches_forget(struct mt_unwind_thread *thread);

#endif
