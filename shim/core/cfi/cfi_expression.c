/* cfi_expression.c: see cfi_expression.h. */
#include "cfi/cfi_expression.h"

#include "arch/registers.h"

enum {
  OP_DEREF = 0x06,
  OP_CONST1U = 0x08,
  OP_CONST1S = 0x09,
  OP_CONST2U = 0x0a,
  OP_CONST2S = 0x0b,
  OP_CONST4U = 0x0c,
  OP_CONST4S = 0x0d,
  OP_CONST8U = 0x0e,
  OP_CONST8S = 0x0f,
  OP_CONSTU = 0x10,
  OP_CONSTS = 0x11,
  OP_AND = 0x1a,
  OP_MINUS = 0x1c,
  OP_PLUS = 0x22,
  OP_PLUS_UCONST = 0x23,
  OP_SHL = 0x24,
  OP_GE = 0x2a,
  OP_LIT0 = 0x30,
  OP_LIT31 = 0x4f,
  OP_BREG0 = 0x70,
  OP_BREG31 = 0x8f,
};

#define STACK_MAX 8

static const struct mt_cfi_value unknown = {MT_CFI_UNKNOWN, 0};

static struct mt_cfi_value constant(int64_t value) {
  return (struct mt_cfi_value){MT_CFI_CONSTANT, value};
}

static struct mt_cfi_value moved(struct mt_cfi_value value, int64_t by) {
  bool linear = value.kind == MT_CFI_CONSTANT || value.kind == MT_CFI_SP || value.kind == MT_CFI_BP;
  if (!linear) return unknown;
  value.offset = (int64_t)((uint64_t)value.offset + (uint64_t)by);
  return value;
}

static struct mt_cfi_value of_register(unsigned number, int64_t offset, uint64_t pc) {
  switch (number) {
    case MT_DWARF_BP:
      return (struct mt_cfi_value){MT_CFI_BP, offset};
    case MT_DWARF_SP:
      return (struct mt_cfi_value){MT_CFI_SP, offset};
    case MT_DWARF_PC:
      return moved(constant((int64_t)pc), offset);
    default:
      return unknown;
  }
}

/* a op b, b being the top of the stack. */
static struct mt_cfi_value combined(uint8_t op, struct mt_cfi_value a, struct mt_cfi_value b) {
  if (op == OP_PLUS && b.kind == MT_CFI_CONSTANT) return moved(a, b.offset);
  if (op == OP_PLUS && a.kind == MT_CFI_CONSTANT) return moved(b, a.offset);
  if (op == OP_MINUS && b.kind == MT_CFI_CONSTANT)
    return moved(a, (int64_t)(0 - (uint64_t)b.offset));
  if (a.kind != MT_CFI_CONSTANT || b.kind != MT_CFI_CONSTANT) return unknown;
  switch (op) {
    case OP_AND:
      return constant(a.offset & b.offset);
    case OP_GE:
      return constant(a.offset >= b.offset);
    case OP_SHL:
      if (b.offset < 0 || b.offset > 63) return unknown;
      return constant((int64_t)((uint64_t)a.offset << b.offset));
    default:
      return unknown;
  }
}

static struct mt_cfi_value literal(uint8_t op, struct mt_cfi_reader *r) {
  switch (op) {
    case OP_CONST1U:
      return constant(mt_cfi_u8(r));
    case OP_CONST1S:
      return constant((int8_t)mt_cfi_u8(r));
    case OP_CONST2U:
      return constant(mt_cfi_u16(r));
    case OP_CONST2S:
      return constant((int16_t)mt_cfi_u16(r));
    case OP_CONST4U:
      return constant(mt_cfi_u32(r));
    case OP_CONST4S:
      return constant((int32_t)mt_cfi_u32(r));
    case OP_CONST8U:
    case OP_CONST8S:
      return constant((int64_t)mt_cfi_u64(r));
    case OP_CONSTU:
      return constant((int64_t)mt_cfi_uleb(r));
    default:
      return constant(mt_cfi_sleb(r));
  }
}

struct mt_cfi_value mt_cfi_evaluate(struct mt_cfi_reader r, uint64_t pc) {
  struct mt_cfi_value stack[STACK_MAX];
  unsigned depth = 0;
  while (!r.bad && r.at < r.end) {
    uint8_t op = mt_cfi_u8(&r);
    struct mt_cfi_value value;
    if (op >= OP_BREG0 && op <= OP_BREG31) {
      value = of_register(op - OP_BREG0, mt_cfi_sleb(&r), pc);
    } else if (op >= OP_LIT0 && op <= OP_LIT31) {
      value = constant(op - OP_LIT0);
    } else if (op >= OP_CONST1U && op <= OP_CONSTS) {
      value = literal(op, &r);
    } else if (op == OP_DEREF && depth >= 1) {
      value = stack[--depth];
      value.kind = value.kind == MT_CFI_BP ? MT_CFI_AT_BP : MT_CFI_UNKNOWN;
    } else if (op == OP_PLUS_UCONST && depth >= 1) {
      value = moved(stack[--depth], (int64_t)mt_cfi_uleb(&r));
    } else if (depth >= 2) {
      depth -= 2;
      value = combined(op, stack[depth], stack[depth + 1]);
      if (value.kind == MT_CFI_UNKNOWN) return unknown; /* perhaps not a binary operation */
    } else {
      return unknown;
    }
    if (depth == STACK_MAX) return unknown;
    stack[depth++] = value;
  }
  return r.bad || depth == 0 ? unknown : stack[depth - 1];
}
