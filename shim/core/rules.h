/*
 * rules.h: the rule for an address that is not in the rule cache: from its module's unwind tables,
 * remembered if it may be.
 */
#ifndef MEMTRACE_RULES_H
#define MEMTRACE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "rule.h"
#include "sink.h"

/* The rule of code that keeps a frame pointer: push bp; mov bp, sp. */
#define MT_RULE_FRAME_POINTER \
  ((uint32_t)MT_RULE_BP | 2u << MT_RULE_BP_SHIFT | 2u << MT_RULE_CFA_SHIFT)

/* Unwinds as MT_RULE_FRAME_POINTER does, but only as far as it is plausible. */
#define MT_RULE_GUESSED ((uint32_t)MT_RULE_GUESS | 2u << MT_RULE_BP_SHIFT)

/*
 * [hook] Finds, and in most cases remembers, the rule at `address`; announces its module. Generated
 * code, of which no module knows, is guessed each time anew: tomorrow a library may stand there.
 * `frame_pointers`: MT_RULE_FRAME_POINTER for all code. `epoch` is mt_modules_epoch() as it was
 * when the walk began.
 */
uint32_t mt_rules_learn(struct mt_sink *sink, uint64_t address, uint64_t epoch,
                        bool frame_pointers);

/* [hook] Is this the code with which a signal handler returns? `pc` must be readable code. */
bool mt_rules_is_restorer(uint64_t pc);

#endif
