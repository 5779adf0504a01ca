/* rules.c: see rules.h. */
#include "unwind/rules.h"

#include <string.h>

#include "base/page.h"
#include "base/readable.h"
#include "cfi/cfi.h"
#include "cfi/rule_cache.h"
#include "unwind/async.h"
#include "unwind/frames.h"

bool mt_rules_is_restorer(uint64_t pc) {
  static const uint8_t code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, /* mov $SYS_rt_sigreturn, %rax */
                                 0x0f, 0x05 /* syscall */};
  return memcmp((const void *)(uintptr_t)pc, code, sizeof code) == 0;
}

/*
 * A call right after `xor %ebp, %ebp`, the mark of the outermost frame in the psABI: so the loader
 * calls the program's initializers, in code without tables. `address` is the call's last byte.
 */
static bool is_outermost_call(uint64_t address) {
  static const uint8_t code[] = {0x31, 0xed, /* xor %ebp, %ebp */ 0xe8 /* call */};
  enum { BACK = 6 };
  if (address % mt_page_bytes() < BACK) return false; /* the page before may be no code */
  return memcmp((const void *)(uintptr_t)(address - BACK), code, sizeof code) == 0;
}

/* Does the code before `pc` end with a call? */
static bool follows_call(uint64_t pc) {
  enum { LONGEST = 7, DIRECT = 5, OPCODE_DIRECT = 0xe8, OPCODE_INDIRECT = 0xff };
  if (!mt_readable_now(pc - LONGEST, LONGEST)) return false;
  const uint8_t *end = (const uint8_t *)(uintptr_t)pc;
  if (end[-DIRECT] == OPCODE_DIRECT) return true;
  for (int length = 2; length <= LONGEST; length++) /* by register, or memory in its many forms */
    if (end[-length] == OPCODE_INDIRECT && (end[-length + 1] & 0x38) == 0x10) return true;
  return false;
}

bool mt_rules_is_stray(struct mt_sink *sink, uint64_t pc) {
  struct mt_module_view module;
  if (pc & MT_PC_EXACT || mt_modules_find(sink, mt_rule_address(pc), &module)) return false;
  return !follows_call(pc);
}

/*
 * CPython's -X perf runs each Python function through a copy of one small piece of code, without
 * unwind tables, whose call returns to `pc`:
 *   sub $8, %rsp; call *%rcx; add $8, %rsp; ret
 * so cfa = sp + 16 there, and bp is left alone. All of it is compared: no other code has that rule.
 */
static bool is_perf_trampoline(uint64_t pc) {
  static const uint8_t code[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd1, 0x48, 0x83, 0xc4, 0x08, 0xc3};
  enum { CALL_END = 6 };
  uint64_t start = pc - CALL_END;
  return mt_readable_now(start, sizeof code) &&
         memcmp((const void *)(uintptr_t)start, code, sizeof code) == 0;
}

/* Of code in no file. `address` is looked up one below the return address. */
static uint32_t of_generated_code(uint64_t address) {
  enum { CFA_BYTES = 16 };
  return is_perf_trampoline(address + 1) ? mt_rule_pack(MT_RULE_SP, CFA_BYTES, 0) : MT_RULE_GUESSED;
}

static uint32_t from_tables(const struct mt_module_view *module, uint64_t address) {
  uint32_t rule = MT_RULE_GUESS;
  if (module->unwind_header) {
    struct mt_cfi_image image = mt_rules_image(module);
    rule = mt_cfi_rule(&image, address);
  }
  /* A handler's return address is the restorer's first byte, and was looked up one lower. */
  if (rule == MT_RULE_SIGNAL)
    return mt_rules_is_restorer(address + 1) || mt_rules_is_restorer(address) ? rule
                                                                              : MT_RULE_COMPLEX;
  if (rule != MT_RULE_GUESS) return rule;
  if (is_outermost_call(address)) return MT_RULE_END;
  return mt_rules_is_restorer(address + 1) ? MT_RULE_SIGNAL : MT_RULE_GUESSED;
}

uint32_t mt_rules_learn(struct mt_sink *sink, uint64_t address, uint64_t epoch,
                        bool frame_pointers) {
  struct mt_module_view module;
  if (!mt_modules_find(sink, address, &module))
    return frame_pointers ? MT_RULE_FRAME_POINTER : of_generated_code(address);
  uint32_t rule = frame_pointers ? MT_RULE_FRAME_POINTER : from_tables(&module, address);
  if (module.incarnation) rule |= MT_RULE_INCARNATION;
  bool returns_here = mt_rule_kind(rule) == MT_RULE_SP || mt_rule_kind(rule) == MT_RULE_BP;
  if (returns_here && mt_async_is_task_call(address)) rule |= MT_RULE_TASK;
  if (!mt_modules_in_flux(epoch) && epoch == mt_modules_epoch())
    mt_rule_cache_insert(address, rule);
  return rule;
}
