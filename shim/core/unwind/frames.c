/* frames.c: see frames.h. */
#include "unwind/frames.h"

#include "arch/registers.h"

/* The words of a DEREF frame that hold its cfa and its caller's bp. */
static uint64_t deref_cfa_slot(uint64_t bp, uint32_t rule) {
  return bp + 8 * ((uint64_t)mt_rule_cfa(rule) - MT_RULE_CFA_BIAS);
}
static uint64_t deref_bp_slot(uint64_t bp, uint32_t rule) {
  return bp + 8 * ((uint64_t)mt_rule_bp(rule) - MT_RULE_BP_BIAS);
}

static enum mt_step accept(struct mt_registers *r, uint64_t sp, uint64_t pc, uint64_t bp,
                           uint64_t mark) {
  if (pc == 0) return MT_STEP_END;
  if (!mt_pc_plausible(pc)) return MT_STEP_BROKEN;
  *r = (struct mt_registers){.sp = sp, .pc = pc | mark, .bp = bp};
  return MT_STEP_DONE;
}

enum mt_step mt_step_out_rare(struct mt_readable *readable, uint32_t rule, struct mt_registers *r) {
  switch (mt_rule_kind(rule)) {
    case MT_RULE_DEREF: {
      uint64_t cfa_slot = deref_cfa_slot(r->bp, rule), bp_slot = deref_bp_slot(r->bp, rule);
      if (!mt_is_readable(readable, cfa_slot, 8)) return MT_STEP_BROKEN;
      uint64_t cfa = mt_word_at(cfa_slot);
      if (!mt_is_readable(readable, cfa - 8, 8) || !mt_is_readable(readable, bp_slot, 8))
        return MT_STEP_BROKEN;
      return accept(r, cfa, mt_word_at(cfa - 8), mt_word_at(bp_slot), 0);
    }
    case MT_RULE_SIGNAL:
      if (!mt_is_readable(readable, r->sp, MT_SIGNAL_END)) return MT_STEP_BROKEN;
      return accept(r, mt_word_at(r->sp + MT_SIGNAL_SP), mt_word_at(r->sp + MT_SIGNAL_PC),
                    mt_word_at(r->sp + MT_SIGNAL_BP), MT_PC_EXACT);
    case MT_RULE_GUESS: {
      /* A frame pointer stands above the stack pointer, not far, or it is something else. */
      uint64_t distance_max = mt_rule_cfa(rule) * MT_RULE_GUESS_UNIT;
      if (r->bp < r->sp || r->bp - r->sp > distance_max) return MT_STEP_BROKEN;
      if (!mt_is_readable(readable, r->bp, 16)) return MT_STEP_BROKEN;
      return accept(r, r->bp + 16, mt_word_at(r->bp + 8), mt_word_at(r->bp), 0);
    }
    case MT_RULE_END:
      return MT_STEP_END;
    default:
      return MT_STEP_BROKEN;
  }
}

struct mt_proof_word *mt_frame_prove_rare(const struct mt_frame *frame, const struct mt_frame *next,
                                          struct mt_proof_word *proof) {
  uint32_t rule = frame->rule;
  if (rule & MT_FRAME_LAST) {
    if (rule & MT_FRAME_OPEN) mt_proof_set_never(++proof);
    return proof;
  }
  uint64_t pc_slot = next->sp - 8, bp_slot = next->sp - 8 * (uint64_t)mt_rule_bp(rule);
  uint64_t cfa_slot = 0;
  if (mt_rule_kind(rule) == MT_RULE_SIGNAL) {
    pc_slot = frame->sp + MT_SIGNAL_PC;
    bp_slot = frame->sp + MT_SIGNAL_BP;
    cfa_slot = frame->sp + MT_SIGNAL_SP;
  } else if (mt_rule_kind(rule) == MT_RULE_DEREF) {
    bp_slot = deref_bp_slot(frame->bp, rule);
    cfa_slot = deref_cfa_slot(frame->bp, rule);
  }
  if (rule & MT_FRAME_CHECKS_BP) *++proof = (struct mt_proof_word){bp_slot, next->bp};
  *++proof = (struct mt_proof_word){pc_slot, next->pc & ~MT_PC_EXACT};
  if (cfa_slot != 0) *++proof = (struct mt_proof_word){cfa_slot, next->sp};
  return proof;
}
