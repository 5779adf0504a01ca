/*
 * rules.h: the rule for an address that is not in the rule cache: from its module's unwind tables,
 * remembered if it may be.
 */
#ifndef MEMTRACE_RULES_H
#define MEMTRACE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "cfi/cfi_image.h"
#include "cfi/rule.h"
#include "modules/modules.h"

#define MT_RULE_GUESS_WITHIN(bytes)                   \
  ((uint32_t)MT_RULE_GUESS | 2u << MT_RULE_BP_SHIFT | \
   (uint32_t)((bytes) / MT_RULE_GUESS_UNIT) << MT_RULE_CFA_SHIFT)

/* For code without unwind tables: as far as libunwind goes, too. */
#define MT_RULE_NO_TABLES MT_RULE_GUESS_WITHIN(16384)

/* For all code in MT_UNWIND_FP. */
#define MT_RULE_FRAME_POINTER MT_RULE_GUESS_WITHIN(8388608)

/*
 * [hook] Finds, and in most cases remembers, the rule at `address`; announces its module. Generated
 * code, of which no module knows, is guessed each time anew: tomorrow a library may stand there.
 * `frame_pointers`: MT_RULE_FRAME_POINTER for all code. `generation` is mt_modules_generation() as
 * it was when the walk began.
 */
uint32_t mt_rules_learn(struct mt_sink *sink, uint64_t address, uint64_t generation,
                        bool frame_pointers);

/* [hook] The unwind tables of a module that has some. */
static inline struct mt_cfi_image mt_rules_image(const struct mt_module_view *module) {
  return (struct mt_cfi_image){
      .bytes = (const uint8_t *)(uintptr_t)module->readable_start,
      .start = module->readable_start,
      .end = module->readable_end,
      .header = module->unwind_header,
  };
}

/*
 * [hook] Is the program counter with which a walk ended no return address at all? So it is when no
 * module holds it and no call stands before it: a word of a stack that others have written over,
 * as those of greenlets are. Recorded, each such word would make another stack.
 */
bool mt_rules_is_stray(struct mt_sink *sink, uint64_t pc);

/* [hook] Is this the code with which a signal handler returns? `pc` must be readable code. */
bool mt_rules_is_restorer(uint64_t pc);

#endif
