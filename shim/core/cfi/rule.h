/*
 * rule.h: how to leave one frame, packed in 28 bits. What .eh_frame says about a program counter in
 * hundreds of bytes comes down to one of seven cases. With (sp, bp) the registers of a frame, its
 * caller has
 *
 *     SP      cfa = sp + 8n                 sp' = cfa   pc' = [cfa - 8]   bp' = [cfa - 8b] or bp
 *     BP      cfa = bp + 8n                 the same
 *     DEREF   cfa = [bp + 8n]               the same, but bp' = [bp + 8b]: GCC's realigned frames
 *     SIGNAL  sp points to the ucontext     sp', pc', bp' from there; pc' is exact
 *     GUESS   by frame pointer, at most     sp' = bp + 16, pc' = [bp + 8], bp' = [bp]
 *             4,096n above sp: code without unwind tables
 *     END     no caller: a thread's start
 *     COMPLEX none of these: libunwind walks the stack
 *
 * The zero word is no rule at all.
 */
#ifndef MEMTRACE_RULE_H
#define MEMTRACE_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum mt_rule_kind {
  MT_RULE_NONE = 0,
  MT_RULE_SP = 1,
  MT_RULE_BP = 2,
  MT_RULE_DEREF = 3,
  MT_RULE_SIGNAL = 4,
  MT_RULE_GUESS = 5,
  MT_RULE_END = 6,
  MT_RULE_COMPLEX = 7,
};

/*
 *     27    26           13 12         4   3   2    0
 *   +------+---------------+------------+-----+------+
 *   | task |  n, the cfa   |  b, bp     | inc | kind |
 *   +------+---------------+------------+-----+------+
 *
 * inc: the module has an incarnation above 0, to be looked up when the frame is interned.
 * task: the call that this frame has made resumes a Swift task (async.h).
 */
#define MT_RULE_BITS 28
#define MT_RULE_KIND_MASK 7u
#define MT_RULE_INCARNATION (1u << 3)
#define MT_RULE_BP_SHIFT 4
#define MT_RULE_BP_MAX 511  /* SP, BP: b in words below the cfa, 0 where bp is left alone */
#define MT_RULE_BP_BIAS 256 /* DEREF: b + MT_RULE_BP_BIAS */
#define MT_RULE_CFA_SHIFT 13
#define MT_RULE_CFA_MAX 16383
#define MT_RULE_CFA_BIAS 8192 /* DEREF: n + MT_RULE_CFA_BIAS */
#define MT_RULE_TASK (1u << 27)

static inline enum mt_rule_kind mt_rule_kind(uint32_t rule) {
  return (enum mt_rule_kind)(rule & MT_RULE_KIND_MASK);
}

/* b as it is stored. */
static inline uint32_t mt_rule_bp(uint32_t rule) {
  return (rule >> MT_RULE_BP_SHIFT) & MT_RULE_BP_MAX;
}

/* A GUESS: n is the distance in this unit; b is 2, as for a frame pointer. */
#define MT_RULE_GUESS_UNIT 4096u

/* n as it is stored. */
static inline uint32_t mt_rule_cfa(uint32_t rule) {
  return (rule >> MT_RULE_CFA_SHIFT) & MT_RULE_CFA_MAX;
}

/* MT_RULE_COMPLEX when a field does not fit. */
static inline uint32_t mt_rule_pack(enum mt_rule_kind kind, int64_t cfa_bytes, int64_t bp_bytes) {
  int64_t cfa = cfa_bytes / 8, bp = bp_bytes / 8;
  if (kind == MT_RULE_DEREF) {
    cfa += MT_RULE_CFA_BIAS;
    bp += MT_RULE_BP_BIAS;
  }
  bool fits = cfa_bytes % 8 == 0 && bp_bytes % 8 == 0 && cfa >= 0 && cfa <= MT_RULE_CFA_MAX &&
              bp >= 0 && bp <= MT_RULE_BP_MAX;
  if (!fits) return MT_RULE_COMPLEX;
  return (uint32_t)kind | (uint32_t)bp << MT_RULE_BP_SHIFT | (uint32_t)cfa << MT_RULE_CFA_SHIFT;
}

#endif
