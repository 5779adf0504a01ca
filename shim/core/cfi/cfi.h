/*
 * cfi.h: from a module's unwind tables (.eh_frame_hdr, .eh_frame) to the rule for one address.
 * Pure: bytes in, rule out. Whatever the bytes are, nothing outside the given image is read.
 */
#ifndef MEMTRACE_CFI_H
#define MEMTRACE_CFI_H

#include <stdint.h>

#include "cfi/cfi_image.h"

/*
 * [hook] [signal-safe] The rule (rule.h) at `pc`, an address within the instruction that is being
 * executed: a return address less one. MT_RULE_GUESS when the tables do not cover it,
 * MT_RULE_SIGNAL for what they call a signal frame, MT_RULE_COMPLEX for what no rule can say and
 * for damaged tables.
 */
uint32_t mt_cfi_rule(const struct mt_cfi_image *image, uint64_t pc);

/*
 * [hook] [signal-safe] Where the tables begin to describe the function around `pc`: its first
 * instruction. *context_below says where that frame has saved r14, the register of Swift's async
 * contexts, in bytes below the cfa: 0 when it has not touched it, MT_CFI_CONTEXT_LOST when a rule
 * cannot say. 0 when the tables do not cover `pc`; but `pc` itself where a function can begin that
 * they leave out.
 */
#define MT_CFI_CONTEXT_LOST UINT64_MAX
uint64_t mt_cfi_context(const struct mt_cfi_image *image, uint64_t pc, uint64_t *context_below);

#endif
