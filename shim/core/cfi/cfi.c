/*
 * cfi.c: see cfi.h. Runs the call-frame programs of an address's description (eh_frame_tables.h) up
 * to the address, and makes a rule of the row it ends in. Of the registers only sp, bp, the return
 * address and the context register are followed: a rule says nothing of the others.
 */
#include "cfi/cfi.h"

#include "arch/registers.h"
#include "cfi/cfi_expression.h"
#include "cfi/cfi_reader.h"
#include "cfi/eh_frame_tables.h"
#include "cfi/rule.h"

#define REMEMBERED_MAX 8

/* Frameless functions have no entry in the tables; they lie in gaps, at least this aligned. */
#define FUNCTION_ALIGNMENT 16
#define GAP_MAX 4096

enum {
  CFA_NOP = 0x00,
  CFA_SET_LOC = 0x01,
  CFA_ADVANCE_LOC1 = 0x02,
  CFA_ADVANCE_LOC2 = 0x03,
  CFA_ADVANCE_LOC4 = 0x04,
  CFA_OFFSET_EXTENDED = 0x05,
  CFA_RESTORE_EXTENDED = 0x06,
  CFA_UNDEFINED = 0x07,
  CFA_SAME_VALUE = 0x08,
  CFA_REGISTER = 0x09,
  CFA_REMEMBER_STATE = 0x0a,
  CFA_RESTORE_STATE = 0x0b,
  CFA_DEF_CFA = 0x0c,
  CFA_DEF_CFA_REGISTER = 0x0d,
  CFA_DEF_CFA_OFFSET = 0x0e,
  CFA_DEF_CFA_EXPRESSION = 0x0f,
  CFA_EXPRESSION = 0x10,
  CFA_OFFSET_EXTENDED_SF = 0x11,
  CFA_DEF_CFA_SF = 0x12,
  CFA_DEF_CFA_OFFSET_SF = 0x13,
  CFA_VAL_OFFSET = 0x14,
  CFA_VAL_OFFSET_SF = 0x15,
  CFA_VAL_EXPRESSION = 0x16,
  CFA_GNU_ARGS_SIZE = 0x2e,
  CFA_GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
  CFA_ADVANCE_LOC = 0x40, /* low six bits: operand */
  CFA_OFFSET = 0x80,
  CFA_RESTORE = 0xc0,
};

/* Where a register of the caller is found. */
enum register_rule {
  REGISTER_SAME,      /* not touched by this frame */
  REGISTER_AT_CFA,    /* in memory at cfa + value */
  REGISTER_AT_BP,     /* in memory at bp + value */
  REGISTER_UNDEFINED, /* nowhere */
  REGISTER_ELSEWHERE, /* in a way that rules do not know */
};

struct register_home {
  enum register_rule kind;
  int64_t value;
};

enum tracked { TRACKED_BP, TRACKED_SP, TRACKED_RA, TRACKED_CONTEXT, TRACKED_COUNT };

struct row {
  struct mt_cfi_value cfa;
  struct register_home homes[TRACKED_COUNT];
};

struct machine {
  struct mt_cfi_reader code;
  const struct mt_cfi_description *description;
  uint64_t pc; /* the row for this address is wanted */
  uint64_t location;
  struct row row, initial;
  struct row remembered[REMEMBERED_MAX];
  unsigned remembered_count;
  bool done;
};

/* ---- Running call-frame programs ---- */

static enum tracked tracked(uint64_t number) {
  switch (number) {
    case MT_DWARF_BP:
      return TRACKED_BP;
    case MT_DWARF_SP:
      return TRACKED_SP;
    case MT_DWARF_RETURN:
      return TRACKED_RA;
    case MT_DWARF_CONTEXT:
      return TRACKED_CONTEXT;
    default:
      return TRACKED_COUNT;
  }
}

static void set_home(struct machine *m, uint64_t number, enum register_rule kind, int64_t value) {
  enum tracked which = tracked(number);
  if (which != TRACKED_COUNT) m->row.homes[which] = (struct register_home){kind, value};
}

static void restore_home(struct machine *m, uint64_t number) {
  enum tracked which = tracked(number);
  if (which != TRACKED_COUNT) m->row.homes[which] = m->initial.homes[which];
}

static void set_cfa_register(struct machine *m, uint64_t number) {
  m->row.cfa.kind = number == MT_DWARF_SP   ? MT_CFI_SP
                    : number == MT_DWARF_BP ? MT_CFI_BP
                                            : MT_CFI_UNKNOWN;
}

static struct mt_cfi_value read_expression(struct machine *m) {
  uint64_t bytes = mt_cfi_uleb(&m->code);
  uint64_t start = m->code.at;
  mt_cfi_skip(&m->code, bytes);
  if (m->code.bad) return (struct mt_cfi_value){MT_CFI_UNKNOWN, 0};
  return mt_cfi_evaluate(mt_cfi_reader(m->code.image, start, start + bytes), m->pc);
}

/* Moves on in the code; the row so far holds for all addresses before the new location. */
static void advance_to(struct machine *m, uint64_t location) {
  if (location > m->pc)
    m->done = true;
  else
    m->location = location;
}

static void advance(struct machine *m, uint64_t delta) {
  advance_to(m, m->location + delta * m->description->common.code_align);
}

static int64_t factored(const struct machine *m, int64_t offset) {
  return (int64_t)((uint64_t)offset * (uint64_t)m->description->common.data_align);
}

static void step_register(struct machine *m, uint8_t op) {
  struct mt_cfi_reader *r = &m->code;
  uint64_t number = mt_cfi_uleb(r);
  switch (op) {
    case CFA_OFFSET_EXTENDED:
      set_home(m, number, REGISTER_AT_CFA, factored(m, (int64_t)mt_cfi_uleb(r)));
      break;
    case CFA_OFFSET_EXTENDED_SF:
      set_home(m, number, REGISTER_AT_CFA, factored(m, mt_cfi_sleb(r)));
      break;
    case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
      set_home(m, number, REGISTER_AT_CFA, factored(m, (int64_t)(0 - mt_cfi_uleb(r))));
      break;
    case CFA_RESTORE_EXTENDED:
      restore_home(m, number);
      break;
    case CFA_UNDEFINED:
      set_home(m, number, REGISTER_UNDEFINED, 0);
      break;
    case CFA_SAME_VALUE:
      set_home(m, number, REGISTER_SAME, 0);
      break;
    case CFA_EXPRESSION: {
      struct mt_cfi_value value = read_expression(m);
      set_home(m, number, value.kind == MT_CFI_BP ? REGISTER_AT_BP : REGISTER_ELSEWHERE,
               value.offset);
      break;
    }
    case CFA_VAL_EXPRESSION:
      read_expression(m);
      set_home(m, number, REGISTER_ELSEWHERE, 0);
      break;
    default: /* CFA_REGISTER, CFA_VAL_OFFSET, CFA_VAL_OFFSET_SF: one operand more */
      mt_cfi_uleb(r);
      set_home(m, number, REGISTER_ELSEWHERE, 0);
  }
}

static void step_cfa(struct machine *m, uint8_t op) {
  struct mt_cfi_reader *r = &m->code;
  switch (op) {
    case CFA_DEF_CFA:
      set_cfa_register(m, mt_cfi_uleb(r));
      m->row.cfa.offset = (int64_t)mt_cfi_uleb(r);
      break;
    case CFA_DEF_CFA_SF:
      set_cfa_register(m, mt_cfi_uleb(r));
      m->row.cfa.offset = factored(m, mt_cfi_sleb(r));
      break;
    case CFA_DEF_CFA_REGISTER:
      set_cfa_register(m, mt_cfi_uleb(r));
      break;
    case CFA_DEF_CFA_OFFSET:
      m->row.cfa.offset = (int64_t)mt_cfi_uleb(r);
      break;
    case CFA_DEF_CFA_OFFSET_SF:
      m->row.cfa.offset = factored(m, mt_cfi_sleb(r));
      break;
    default:
      m->row.cfa = read_expression(m);
  }
}

static void step(struct machine *m) {
  struct mt_cfi_reader *r = &m->code;
  uint8_t op = mt_cfi_u8(r), operand = op & 0x3f;
  switch (op & 0xc0) {
    case CFA_ADVANCE_LOC:
      advance(m, operand);
      return;
    case CFA_OFFSET:
      set_home(m, operand, REGISTER_AT_CFA, factored(m, (int64_t)mt_cfi_uleb(r)));
      return;
    case CFA_RESTORE:
      restore_home(m, operand);
      return;
    default:
      break;
  }
  switch (op) {
    case CFA_NOP:
      break;
    case CFA_SET_LOC:
      advance_to(m, mt_cfi_pointer(r, m->description->common.pointer_encoding));
      break;
    case CFA_ADVANCE_LOC1:
      advance(m, mt_cfi_u8(r));
      break;
    case CFA_ADVANCE_LOC2:
      advance(m, mt_cfi_u16(r));
      break;
    case CFA_ADVANCE_LOC4:
      advance(m, mt_cfi_u32(r));
      break;
    case CFA_GNU_ARGS_SIZE:
      mt_cfi_uleb(r);
      break;
    case CFA_REMEMBER_STATE:
      if (m->remembered_count == REMEMBERED_MAX)
        r->bad = true;
      else
        m->remembered[m->remembered_count++] = m->row;
      break;
    case CFA_RESTORE_STATE:
      if (m->remembered_count == 0)
        r->bad = true;
      else
        m->row = m->remembered[--m->remembered_count];
      break;
    default:
      if (op >= CFA_DEF_CFA && op <= CFA_DEF_CFA_EXPRESSION)
        step_cfa(m, op);
      else if (op == CFA_DEF_CFA_SF || op == CFA_DEF_CFA_OFFSET_SF)
        step_cfa(m, op);
      else if ((op >= CFA_OFFSET_EXTENDED && op <= CFA_REGISTER) ||
               (op >= CFA_EXPRESSION && op <= CFA_VAL_EXPRESSION) ||
               op == CFA_GNU_NEGATIVE_OFFSET_EXTENDED)
        step_register(m, op);
      else
        r->bad = true;
  }
}

static bool run(struct machine *m, uint64_t start, uint64_t end) {
  m->code = mt_cfi_reader(m->code.image, start, end);
  while (!m->done && !m->code.bad && m->code.at < m->code.end) step(m);
  return !m->code.bad;
}

/* ---- From a row to a rule ---- */

static uint32_t rule_of(const struct row *row) {
  struct register_home bp = row->homes[TRACKED_BP], ra = row->homes[TRACKED_RA];
  if (ra.kind == REGISTER_UNDEFINED || bp.kind == REGISTER_UNDEFINED) return MT_RULE_END;
  bool usual =
      ra.kind == REGISTER_AT_CFA && ra.value == -8 && row->homes[TRACKED_SP].kind == REGISTER_SAME;
  if (!usual) return MT_RULE_COMPLEX;
  if (row->cfa.kind == MT_CFI_AT_BP && bp.kind == REGISTER_AT_BP)
    return mt_rule_pack(MT_RULE_DEREF, row->cfa.offset, bp.value);
  if (bp.kind != REGISTER_SAME && (bp.kind != REGISTER_AT_CFA || bp.value >= 0))
    return MT_RULE_COMPLEX;
  int64_t below = bp.kind == REGISTER_SAME ? 0 : (int64_t)(0 - (uint64_t)bp.value);
  if (row->cfa.kind == MT_CFI_SP) return mt_rule_pack(MT_RULE_SP, row->cfa.offset, below);
  if (row->cfa.kind == MT_CFI_BP) return mt_rule_pack(MT_RULE_BP, row->cfa.offset, below);
  return MT_RULE_COMPLEX;
}

enum search { SEARCH_FOUND, SEARCH_NOT_COVERED, SEARCH_DAMAGED };

static enum search find_description(const struct mt_cfi_image *image, uint64_t pc,
                                    struct mt_cfi_description *description) {
  uint64_t at = mt_cfi_find(image, pc);
  if (at == 0) return SEARCH_NOT_COVERED;
  if (!mt_cfi_read(image, at, description)) return SEARCH_DAMAGED;
  if (pc < description->first || pc >= description->last) return SEARCH_NOT_COVERED;
  return SEARCH_FOUND;
}

/* The row of the description's table that holds at `pc`; false for damaged programs. */
static bool find_row(const struct mt_cfi_image *image, const struct mt_cfi_description *description,
                     uint64_t pc, struct row *row) {
  struct machine machine = {
      .code.image = image,
      .description = description,
      .pc = pc,
      .location = description->first,
  };
  const struct mt_cfi_common *common = &description->common;
  if (!run(&machine, common->program_start, common->program_end)) return false;
  machine.initial = machine.row;
  machine.done = false;
  if (!run(&machine, description->program_start, description->program_end)) return false;
  *row = machine.row;
  return true;
}

uint32_t mt_cfi_rule(const struct mt_cfi_image *image, uint64_t pc) {
  struct mt_cfi_description description;
  enum search search = find_description(image, pc, &description);
  if (search != SEARCH_FOUND) return search == SEARCH_DAMAGED ? MT_RULE_COMPLEX : MT_RULE_GUESS;
  if (description.common.is_signal) return MT_RULE_SIGNAL;
  struct row row;
  return find_row(image, &description, pc, &row) ? rule_of(&row) : MT_RULE_COMPLEX;
}

uint64_t mt_cfi_context(const struct mt_cfi_image *image, uint64_t pc, uint64_t *context_below) {
  struct mt_cfi_description description = {0};
  enum search search = find_description(image, pc, &description);
  *context_below = MT_CFI_CONTEXT_LOST;
  if (search == SEARCH_NOT_COVERED && pc % FUNCTION_ALIGNMENT == 0 && pc >= description.last &&
      pc - description.last < GAP_MAX)
    return pc;
  if (search != SEARCH_FOUND) return 0;
  struct row row;
  struct register_home home = {REGISTER_ELSEWHERE, 0};
  if (find_row(image, &description, pc, &row)) home = row.homes[TRACKED_CONTEXT];
  if (home.kind == REGISTER_SAME)
    *context_below = 0;
  else if (home.kind == REGISTER_AT_CFA && home.value < 0)
    *context_below = 0 - (uint64_t)home.value;
  return description.first;
}
