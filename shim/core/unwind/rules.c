/* rules.c: see rules.h. */
#include "unwind/rules.h"

#include "arch/machine_code.h"
#include "base/page.h"
#include "base/readable.h"
#include "cfi/cfi.h"
#include "cfi/rule_cache.h"
#include "unwind/async.h"
#include "unwind/frames.h"

static const uint8_t *code_at(uint64_t pc) { return (const uint8_t *)(uintptr_t)pc; }

bool mt_rules_is_restorer(uint64_t pc) { return mt_code_is_restorer(code_at(pc)); }

/* `address` is a call's last byte. */
static bool is_outermost_call(uint64_t address) {
  return mt_page_holds(address, MT_CODE_OUTERMOST) && mt_code_is_outermost_call(code_at(address));
}

static bool follows_call(uint64_t pc) {
  return mt_readable_now(pc - MT_CODE_CALL_MAX, MT_CODE_CALL_MAX) &&
         mt_code_ends_with_call(code_at(pc));
}

bool mt_rules_is_stray(struct mt_sink *sink, uint64_t pc) {
  struct mt_module_view module;
  if (pc & MT_PC_EXACT || mt_modules_find(sink, mt_rule_address(pc), &module)) return false;
  return !follows_call(pc);
}

/* The call of CPython's trampoline returns to `pc`; bp is left alone there. */
static bool is_trampoline(uint64_t pc) {
  uint64_t start = pc - MT_CODE_TRAMPOLINE_CALL;
  return mt_readable_now(start, MT_CODE_TRAMPOLINE) && mt_code_is_trampoline(code_at(start));
}

/* For code in no file. `address` is looked up one below the return address. */
static uint32_t of_generated_code(uint64_t address) {
  return is_trampoline(address + 1) ? mt_rule_pack(MT_RULE_SP, MT_CODE_TRAMPOLINE_CFA, 0)
                                    : MT_RULE_NO_TABLES;
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
  return mt_rules_is_restorer(address + 1) ? MT_RULE_SIGNAL : MT_RULE_NO_TABLES;
}

uint32_t mt_rules_learn(struct mt_sink *sink, uint64_t address, uint64_t generation,
                        bool frame_pointers) {
  struct mt_module_view module;
  if (!mt_modules_find(sink, address, &module))
    return frame_pointers ? MT_RULE_FRAME_POINTER : of_generated_code(address);
  uint32_t rule = frame_pointers ? MT_RULE_FRAME_POINTER : from_tables(&module, address);
  if (module.incarnation) rule |= MT_RULE_INCARNATION;
  bool returns_here = mt_rule_kind(rule) == MT_RULE_SP || mt_rule_kind(rule) == MT_RULE_BP;
  if (returns_here && mt_async_is_task_call(address)) rule |= MT_RULE_TASK;
  if (!mt_modules_in_flux(generation) && generation == mt_modules_generation())
    mt_rule_cache_insert(address, rule);
  return rule;
}
