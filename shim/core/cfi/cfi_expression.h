/*
 * cfi_expression.h: the few DWARF expressions that real unwind tables contain, solved for sp and
 * bp: a register plus a constant, what such an address points to, and the arithmetic on the
 * program counter that describes PLT stubs.
 */
#ifndef MEMTRACE_CFI_EXPRESSION_H
#define MEMTRACE_CFI_EXPRESSION_H

#include "cfi/cfi_reader.h"

enum mt_cfi_value_kind {
  MT_CFI_UNKNOWN,  /* anything else */
  MT_CFI_CONSTANT, /* offset */
  MT_CFI_SP,       /* sp + offset */
  MT_CFI_BP,       /* bp + offset */
  MT_CFI_AT_BP,    /* [bp + offset] */
};

struct mt_cfi_value {
  enum mt_cfi_value_kind kind;
  int64_t offset;
};

/* [hook] What the expression that fills `reader` leaves on top of its stack, in a frame at `pc`. */
struct mt_cfi_value mt_cfi_evaluate(struct mt_cfi_reader reader, uint64_t pc);

#endif
