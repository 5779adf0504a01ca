/*
 * cfi.c: see cfi.h. Three steps: find the description (FDE) of an address, read the common part
 * (CIE) it refers to, run both call-frame programs up to the address. Of the registers only sp, bp
 * and the return address are followed: a rule says nothing of the others.
 */
#include "cfi.h"

#include "cfi_expression.h"
#include "cfi_reader.h"
#include "rule.h"

#define REGISTER_BP 6
#define REGISTER_SP 7
#define REGISTER_RA 16
#define REMEMBERED_MAX 8

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
enum place_kind {
  PLACE_SAME,      /* not touched by this frame */
  PLACE_AT_CFA,    /* in memory at cfa + value */
  PLACE_AT_BP,     /* in memory at bp + value */
  PLACE_UNDEFINED, /* nowhere */
  PLACE_ELSEWHERE, /* in a way that rules do not know */
};

struct place {
  enum place_kind kind;
  int64_t value;
};

enum tracked { TRACKED_BP, TRACKED_SP, TRACKED_RA, TRACKED_COUNT };

struct row {
  struct mt_cfi_value cfa;
  struct place places[TRACKED_COUNT];
};

struct common {
  uint64_t program_start, program_end;
  uint64_t code_align;
  int64_t data_align;
  uint8_t pointer_encoding;
  bool has_augmentation_data;
  bool is_signal;
};

struct description {
  uint64_t first, last; /* addresses it covers: [first, last) */
  uint64_t program_start, program_end;
  struct common common;
};

struct machine {
  struct mt_cfi_reader code;
  const struct description *description;
  uint64_t pc; /* the row for this address is wanted */
  uint64_t location;
  struct row row, initial;
  struct row remembered[REMEMBERED_MAX];
  unsigned remembered_count;
  bool done;
};

/* ---- Finding and reading a description ---- */

/* The start of an entry of .eh_frame. Its body follows; false at the end of the section. */
static bool read_entry(struct mt_cfi_reader *r, uint64_t *id_at, uint64_t *id) {
  uint64_t length = mt_cfi_u32(r);
  if (length == UINT32_MAX) length = mt_cfi_u64(r);
  if (r->bad || length < 4 || length > r->end - r->at) return false;
  r->end = r->at + length;
  *id_at = r->at;
  *id = mt_cfi_u32(r);
  return !r->bad;
}

static bool read_common(const struct mt_cfi_image *image, uint64_t at, struct common *common) {
  struct mt_cfi_reader r = mt_cfi_reader(image, at, image->end);
  uint64_t id_at, id;
  if (!read_entry(&r, &id_at, &id) || id != 0) return false;
  uint8_t version = mt_cfi_u8(&r);
  if (version != 1 && version != 3) return false;
  char augmentation[8];
  unsigned length = 0;
  do {
    augmentation[length] = (char)mt_cfi_u8(&r);
  } while (augmentation[length] && ++length < sizeof augmentation);
  if (length == sizeof augmentation) return false;
  *common = (struct common){.pointer_encoding = MT_CFI_ABSOLUTE};
  common->code_align = mt_cfi_uleb(&r);
  common->data_align = mt_cfi_sleb(&r);
  uint64_t return_column = version == 1 ? mt_cfi_u8(&r) : mt_cfi_uleb(&r);
  if (return_column != REGISTER_RA) return false;

  uint64_t program_start = r.at;
  for (unsigned i = 0; i < length; i++) {
    switch (augmentation[i]) {
      case 'z': {
        uint64_t bytes = mt_cfi_uleb(&r);
        if (i != 0 || r.bad || bytes > r.end - r.at) return false;
        common->has_augmentation_data = true;
        program_start = r.at + bytes;
        break;
      }
      case 'R':
        common->pointer_encoding = mt_cfi_u8(&r);
        break;
      case 'L':
        mt_cfi_u8(&r);
        break;
      case 'P': {
        uint8_t encoding = mt_cfi_u8(&r);
        mt_cfi_pointer(&r, encoding & (uint8_t)~MT_CFI_INDIRECT);
        break;
      }
      case 'S':
        common->is_signal = true;
        break;
      default:
        return false;
    }
  }
  if (!common->has_augmentation_data) program_start = r.at;
  common->program_start = program_start;
  common->program_end = r.end;
  return !r.bad;
}

/* False when there is no readable description at `at`. */
static bool read_description(const struct mt_cfi_image *image, uint64_t at,
                             struct description *out) {
  struct mt_cfi_reader r = mt_cfi_reader(image, at, image->end);
  uint64_t id_at, id;
  if (!read_entry(&r, &id_at, &id) || id == 0) return false;
  if (!read_common(image, id_at - id, &out->common)) return false;
  out->first = mt_cfi_pointer(&r, out->common.pointer_encoding);
  out->last = out->first + mt_cfi_pointer(&r, out->common.pointer_encoding & MT_CFI_FORMAT_MASK);
  if (out->common.has_augmentation_data) mt_cfi_skip(&r, mt_cfi_uleb(&r));
  out->program_start = r.at;
  out->program_end = r.end;
  return !r.bad;
}

/* Modules whose linker made no search table: one entry after the other. */
static uint64_t scan(const struct mt_cfi_image *image, uint64_t at, uint64_t pc) {
  for (;;) {
    struct mt_cfi_reader r = mt_cfi_reader(image, at, image->end);
    uint64_t id_at, id;
    if (!read_entry(&r, &id_at, &id)) return 0;
    struct description d;
    if (id != 0 && read_description(image, at, &d) && pc >= d.first && pc < d.last) return at;
    at = r.end;
  }
}

/* The address of the description that should cover pc, 0 when there is none. */
static uint64_t find_description(const struct mt_cfi_image *image, uint64_t pc) {
  struct mt_cfi_reader r = mt_cfi_reader(image, image->header, image->end);
  uint8_t version = mt_cfi_u8(&r);
  uint8_t section_encoding = mt_cfi_u8(&r);
  uint8_t count_encoding = mt_cfi_u8(&r);
  uint8_t table_encoding = mt_cfi_u8(&r);
  uint64_t section = mt_cfi_pointer(&r, section_encoding);
  if (r.bad || version != 1) return 0;
  if (count_encoding == MT_CFI_OMIT || table_encoding != (MT_CFI_FROM_HEADER | MT_CFI_S32))
    return scan(image, section, pc);

  uint64_t count = mt_cfi_pointer(&r, count_encoding);
  if (r.bad || count == 0 || count > (r.end - r.at) / 8) return 0;
  const uint8_t *table = image->bytes + (r.at - image->start);
  int64_t wanted = (int64_t)(pc - image->header);
  uint64_t low = 0, high = count; /* entries before low start at or below pc; from high, above */
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    int32_t first;
    memcpy(&first, table + 8 * middle, 4);
    if (first <= wanted)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return 0;
  int32_t offset;
  memcpy(&offset, table + 8 * (low - 1) + 4, 4);
  return image->header + (uint64_t)(int64_t)offset;
}

/* ---- Running call-frame programs ---- */

static void set_place(struct machine *m, uint64_t number, enum place_kind kind, int64_t value) {
  struct place place = {kind, value};
  if (number == REGISTER_BP) m->row.places[TRACKED_BP] = place;
  if (number == REGISTER_SP) m->row.places[TRACKED_SP] = place;
  if (number == REGISTER_RA) m->row.places[TRACKED_RA] = place;
}

static void restore_place(struct machine *m, uint64_t number) {
  if (number == REGISTER_BP) m->row.places[TRACKED_BP] = m->initial.places[TRACKED_BP];
  if (number == REGISTER_SP) m->row.places[TRACKED_SP] = m->initial.places[TRACKED_SP];
  if (number == REGISTER_RA) m->row.places[TRACKED_RA] = m->initial.places[TRACKED_RA];
}

static void set_cfa_register(struct machine *m, uint64_t number) {
  m->row.cfa.kind = number == REGISTER_SP   ? MT_CFI_SP
                    : number == REGISTER_BP ? MT_CFI_BP
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
      set_place(m, number, PLACE_AT_CFA, factored(m, (int64_t)mt_cfi_uleb(r)));
      break;
    case CFA_OFFSET_EXTENDED_SF:
      set_place(m, number, PLACE_AT_CFA, factored(m, mt_cfi_sleb(r)));
      break;
    case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
      set_place(m, number, PLACE_AT_CFA, factored(m, (int64_t)(0 - mt_cfi_uleb(r))));
      break;
    case CFA_RESTORE_EXTENDED:
      restore_place(m, number);
      break;
    case CFA_UNDEFINED:
      set_place(m, number, PLACE_UNDEFINED, 0);
      break;
    case CFA_SAME_VALUE:
      set_place(m, number, PLACE_SAME, 0);
      break;
    case CFA_EXPRESSION: {
      struct mt_cfi_value value = read_expression(m);
      set_place(m, number, value.kind == MT_CFI_BP ? PLACE_AT_BP : PLACE_ELSEWHERE, value.offset);
      break;
    }
    case CFA_VAL_EXPRESSION:
      read_expression(m);
      set_place(m, number, PLACE_ELSEWHERE, 0);
      break;
    default: /* CFA_REGISTER, CFA_VAL_OFFSET, CFA_VAL_OFFSET_SF: one operand more */
      mt_cfi_uleb(r);
      set_place(m, number, PLACE_ELSEWHERE, 0);
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
      set_place(m, operand, PLACE_AT_CFA, factored(m, (int64_t)mt_cfi_uleb(r)));
      return;
    case CFA_RESTORE:
      restore_place(m, operand);
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
  struct place bp = row->places[TRACKED_BP], ra = row->places[TRACKED_RA];
  if (ra.kind == PLACE_UNDEFINED || bp.kind == PLACE_UNDEFINED) return MT_RULE_END;
  bool usual =
      ra.kind == PLACE_AT_CFA && ra.value == -8 && row->places[TRACKED_SP].kind == PLACE_SAME;
  if (!usual) return MT_RULE_COMPLEX;
  if (row->cfa.kind == MT_CFI_AT_BP && bp.kind == PLACE_AT_BP)
    return mt_rule_pack(MT_RULE_DEREF, row->cfa.offset, bp.value);
  if (bp.kind != PLACE_SAME && (bp.kind != PLACE_AT_CFA || bp.value >= 0)) return MT_RULE_COMPLEX;
  int64_t below = bp.kind == PLACE_SAME ? 0 : (int64_t)(0 - (uint64_t)bp.value);
  if (row->cfa.kind == MT_CFI_SP) return mt_rule_pack(MT_RULE_SP, row->cfa.offset, below);
  if (row->cfa.kind == MT_CFI_BP) return mt_rule_pack(MT_RULE_BP, row->cfa.offset, below);
  return MT_RULE_COMPLEX;
}

uint32_t mt_cfi_rule(const struct mt_cfi_image *image, uint64_t pc) {
  uint64_t at = find_description(image, pc);
  if (at == 0) return MT_RULE_GUESS;
  struct description description;
  if (!read_description(image, at, &description)) return MT_RULE_COMPLEX;
  if (pc < description.first || pc >= description.last) return MT_RULE_GUESS;
  if (description.common.is_signal) return MT_RULE_SIGNAL;

  struct machine machine = {
      .code.image = image,
      .description = &description,
      .pc = pc,
      .location = description.first,
  };
  const struct common *common = &description.common;
  if (!run(&machine, common->program_start, common->program_end)) return MT_RULE_COMPLEX;
  machine.initial = machine.row;
  machine.done = false;
  if (!run(&machine, description.program_start, description.program_end)) return MT_RULE_COMPLEX;
  return rule_of(&machine.row);
}
