/* branches.c: see branches.h. */
#include "branches.h"

/*
 * Hints are asked for from the leaf on: only while the return addresses below are the same does a
 * place on the stack hold a return address at all.
 */
void mt_branch_learn(struct mt_unwind_thread *thread, const struct mt_registers *leaf,
                     uint64_t address) {
  uint64_t words = (address - leaf->sp + 8) / 8;
  if (words > UINT16_MAX) return;
  uint64_t hash = mt_branch_leaf_hash(leaf->sp, leaf->pc);
  for (unsigned i = 0; i < MT_BRANCH_HINTS_MAX; i++) {
    uint16_t *hint = mt_branch_hint(thread, hash);
    if (*hint == 0 || words <= *hint) {
      *hint = (uint16_t)words;
      return;
    }
    hash = mt_branch_hash_on(hash, leaf->sp, *hint);
  }
}

/* How many words a frame is left by. */
static inline uint32_t words_of(const struct mt_frame *frame) {
  return frame->rule & MT_FRAME_CHECKS_BP ? 2 : 1;
}

/* Has this stack been walked before, not long ago? A stack that does not come again is no branch.
 */
static bool comes_again(struct mt_unwind_thread *thread, uint32_t node) {
  uint32_t *candidate = &thread->branch_candidates[node % MT_BRANCH_CANDIDATES];
  bool again = *candidate == node;
  *candidate = node;
  return again;
}

void mt_branch_keep(struct mt_unwind_thread *thread, const struct mt_frame *leaf, uint32_t count) {
  if (!comes_again(thread, leaf->node)) return;
  uint32_t words = 0;
  for (uint32_t i = 0; i < count; i++) words += words_of(&leaf[i]);
  if (words > MT_BRANCH_WORDS) return;
  struct mt_branch *branch = mt_branch_places(thread, leaf->sp, leaf->pc);
  branch += thread->branch_turn++ % MT_BRANCH_WAYS;
  branch->leaf.sp = 0; /* a handler that jumps away must not leave half a branch */
  mt_signal_fence();
  words = 0;
  for (const struct mt_frame *frame = leaf; frame < leaf + count; frame++) {
    uint64_t cfa = frame[1].sp;
    branch->words[words++] = (struct mt_branch_word){cfa - 8, frame[1].pc};
    if (frame->rule & MT_FRAME_CHECKS_BP) {
      uint64_t slot = cfa - 8 * (uint64_t)mt_rule_bp(frame->rule);
      branch->words[words++] = (struct mt_branch_word){slot, frame[1].bp};
    }
  }
  branch->count = words;
  branch->epoch = thread->epoch;
  branch->node = leaf->node;
  branch->needs_bp = leaf->rule & MT_FRAME_NEEDS_BP;
  branch->above = thread->kept - count;
  branch->end_sp = leaf[count].sp;
  branch->end_bp = leaf[count].bp;
  branch->end_node = leaf[count].node;
  branch->end_rule = leaf[count].rule;
  branch->leaf.pc = leaf->pc;
  branch->leaf.bp = leaf->bp;
  mt_signal_fence();
  branch->leaf.sp = leaf->sp;
}

void mt_branches_forget(struct mt_unwind_thread *thread) {
  if (thread->branch_turn == 0) return; /* most threads' pages for branches are never touched */
  for (unsigned i = 0; i < MT_BRANCH_SETS; i++) {
    for (unsigned j = 0; j < MT_BRANCH_WAYS; j++) thread->branches[i][j].leaf.sp = 0;
  }
  thread->branch_turn = 0;
}
