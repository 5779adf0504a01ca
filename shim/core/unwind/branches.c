/* branches.c: see branches.h. */
#include "unwind/branches.h"

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

/* Has this stack been walked before, not long ago? A stack that does not come again is no branch.
 */
static bool comes_again(struct mt_unwind_thread *thread, uint32_t node) {
  uint32_t *candidate = &thread->branch_candidates[node % MT_BRANCH_CANDIDATES];
  bool again = *candidate == node;
  *candidate = node;
  return again;
}

void mt_branch_keep(struct mt_unwind_thread *thread, uint32_t count) {
  const struct mt_frame *leaf = thread->leaf, *end = leaf + count;
  if (!comes_again(thread, leaf->node)) return;
  uint64_t words = (uint64_t)(leaf->proof - end->proof);
  if (words > MT_BRANCH_WORDS) return;
  struct mt_branch *branch = mt_branch_places(thread, leaf->sp, leaf->pc);
  branch += thread->branch_turn++ % MT_BRANCH_WAYS;
  branch->leaf.sp = 0; /* a handler that jumps away must not leave half a branch */
  mt_signal_fence();
  mt_proof_set_never(&branch->words[0]);
  for (uint64_t i = 1; i <= words; i++) branch->words[i] = end->proof[i];
  branch->count = (uint32_t)words;
  branch->generation = thread->generation;
  branch->node = leaf->node;
  branch->needs_bp = leaf->rule & MT_FRAME_NEEDS_BP;
  branch->above = mt_frames_kept(thread) - count;
  branch->end_sp = end->sp;
  branch->end_bp = end->bp;
  branch->end_node = end->node;
  branch->end_rule = end->rule;
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
