/* code.c: see code.h. Strings: PEP 393. Line tables: PEP 626, and
 * Objects/locations.md of CPython. */
#include "python/code.h"

#include <string.h>

#include "python/pages.h"

#define HASHED_WORDS 16u
#define LENGTH_MAX (UINT64_C(1) << 28) /* of a string or a table: more is no length */

static uint64_t member(uint64_t object, uint16_t offset) { return mt_python_word(object + offset); }

static bool is_a(uint64_t object, uint64_t type) {
  return object % 8 == 0 && mt_pages_readable(object, MT_PYTHON_BYTES_START) &&
         member(object, MT_PYTHON_TYPE) == type;
}

static uint32_t number(uint64_t object, uint16_t offset) {
  return mt_load_relaxed((const uint32_t *)(uintptr_t)(object + offset));
}

static uint64_t mix(uint64_t hash, uint64_t word) {
  return (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Of a table without a version: its length, its first words and its last ones. */
static uint64_t mix_table(uint64_t hash, uint64_t bytes) {
  if (!mt_pages_readable(bytes, MT_PYTHON_BYTES_START)) return hash;
  uint64_t length = member(bytes, MT_PYTHON_LENGTH), start = bytes + MT_PYTHON_BYTES_START;
  uint64_t words = length / 8;
  if (length > LENGTH_MAX || !mt_pages_readable(start, length)) return hash;
  hash = mix(hash, length);
  for (uint64_t i = 0; i < words && i < HASHED_WORDS; i++)
    hash = mix(hash, member(start + 8 * i, 0));
  for (uint64_t i = 0; i < words && i < HASHED_WORDS; i++)
    hash = mix(hash, member(start + 8 * (words - 1 - i), 0));
  for (uint64_t i = words * 8; i < length; i++)
    hash = mix(hash, *(const uint8_t *)(uintptr_t)(start + i));
  return hash;
}

uint32_t mt_python_fingerprint(const struct mt_python_layout *layout, uint64_t code) {
  if (code % 8 != 0 || !mt_pages_readable(code, layout->code.bytes)) return 0;
  uint64_t table = member(code, layout->code.line_table), hash = mix(0, table);
  uint32_t version = layout->code.version != 0 ? number(code, layout->code.version) : 0;
  if (mt_likely(version != 0)) return (uint32_t)(mix(hash, version) >> 32) | 1;
  hash = mix(mix(hash, member(code, layout->code.function)), member(code, layout->code.file));
  hash = mix_table(mix(hash, number(code, layout->code.first_line)), table);
  return (uint32_t)(hash >> 32) | 1;
}

/* ---- Strings ---- */

/* Appends a character's UTF-8; false when there is no room. */
static bool put_character(char *to, uint32_t *bytes, uint32_t room, uint32_t c) {
  /* No control character, and nothing that a name cannot have, reaches a report as it is: the
   * reader spells them out. A lone surrogate is the mark that stands for what is no character. */
  if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
  if (c == 0) c = 0xfffd; /* a name has no NUL in the trace */
  uint32_t needed = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  if (c > 0x10ffff || *bytes + needed > room) return false;
  char *at = to + *bytes;
  *bytes += needed;
  if (needed == 1) {
    at[0] = (char)c;
    return true;
  }
  for (uint32_t i = needed - 1; i > 0; i--, c >>= 6) at[i] = (char)(0x80 | (c & 0x3f));
  at[0] = (char)((0xf00u >> needed & 0xf0u) | c);
  return true;
}

/* Copies a string as UTF-8, cut to `room`; false if it is none. */
static bool copy_text(const struct mt_python_interpreter *python, uint64_t text, char *to,
                      uint32_t room, uint32_t *bytes) {
  *bytes = 0;
  if (!is_a(text, python->text_type) || !mt_pages_readable(text, python->layout->text.other)) {
    return false;
  }
  uint64_t length = member(text, MT_PYTHON_LENGTH);
  uint32_t state = (uint32_t)member(text, MT_PYTHON_TEXT_STATE);
  uint32_t kind = state >> 2 & 7;
  bool is_compact = (state >> 5 & 1) != 0, is_ascii = (state >> 6 & 1) != 0;
  if (!is_compact || length > LENGTH_MAX || (kind != 1 && kind != 2 && kind != 4)) return false;
  uint64_t start = text + (is_ascii ? python->layout->text.ascii : python->layout->text.other);
  if (length > room) length = room; /* a character has a byte at least */
  if (!mt_pages_readable(start, length * kind)) return false;
  for (uint64_t i = 0; i < length; i++) {
    const void *at = (const void *)(uintptr_t)(start + i * kind);
    uint32_t c = kind == 1   ? *(const uint8_t *)at
                 : kind == 2 ? *(const uint16_t *)at
                             : *(const uint32_t *)at;
    if (!put_character(to, bytes, room, c)) break;
  }
  return true;
}

bool mt_python_describe(const struct mt_python_interpreter *python, uint64_t code,
                        struct mt_python_description *description) {
  const struct mt_python_layout *layout = python->layout;
  return is_a(code, python->code_type) && mt_pages_readable(code, layout->code.bytes) &&
         copy_text(python, member(code, layout->code.function), description->function,
                   sizeof description->function, &description->function_bytes) &&
         copy_text(python, member(code, layout->code.file), description->file,
                   sizeof description->file, &description->file_bytes);
}

/* ---- Lines ---- */

/* A table that is read byte by byte. */
struct table {
  const uint8_t *at, *end;
};

static uint32_t next_byte(struct table *table) { return table->at < table->end ? *table->at++ : 0; }

static uint32_t next_number(struct table *table) {
  uint32_t number = 0, byte;
  for (unsigned shift = 0; shift < 32; shift += 6) {
    byte = next_byte(table);
    number |= (byte & 0x3f) << shift;
    if ((byte & 0x40) == 0) break;
  }
  return number;
}

static int32_t next_signed(struct table *table) {
  uint32_t number = next_number(table);
  return (number & 1) != 0 ? -(int32_t)(number >> 1) : (int32_t)(number >> 1);
}

/* How an entry of the table says where its instructions come from. */
enum {
  FORM_ONE_LINE = 10,
  FORM_ONE_LINE_LAST = 12,
  FORM_NO_COLUMNS = 13,
  FORM_LONG = 14,
  FORM_NONE
};

/* Passes over an entry's rest; how far its line is from that of the entry before. */
static int32_t next_line_step(struct table *table, uint32_t form) {
  int32_t step = 0;
  if (form == FORM_NONE) return 0;
  if (form == FORM_LONG) {
    step = next_signed(table);
    for (int i = 0; i < 3; i++) next_number(table);
  } else if (form == FORM_NO_COLUMNS) {
    step = next_signed(table);
  } else if (form >= FORM_ONE_LINE) {
    step = (int32_t)(form - FORM_ONE_LINE);
    next_byte(table), next_byte(table);
  } else {
    next_byte(table);
  }
  return step;
}

/* PEP 626: pairs of how many bytes of code, and how much further their line is; -128: none. */
static uint32_t line_by_pairs(struct table *table, int32_t line, int64_t bytes) {
  while (table->at < table->end) {
    bytes -= next_byte(table);
    int8_t step = (int8_t)next_byte(table);
    if (step != -128) line += step;
    if (bytes < 0) return step != -128 && line > 0 ? (uint32_t)line : 0;
  }
  return 0;
}

uint32_t mt_python_line(const struct mt_python_interpreter *python, uint64_t code,
                        uint64_t instruction) {
  const struct mt_python_layout *layout = python->layout;
  if (!mt_pages_readable(code, layout->code.bytes)) return 0;
  uint64_t bytes = member(code, layout->code.line_table);
  if (!is_a(bytes, python->bytes_type)) return 0;
  uint64_t length = member(bytes, MT_PYTHON_LENGTH), start = bytes + MT_PYTHON_BYTES_START;
  if (length > LENGTH_MAX || !mt_pages_readable(start, length)) return 0;
  int32_t line = (int32_t)number(code, layout->code.first_line);
  int64_t offset = (int64_t)(instruction - (code + layout->code.instructions)) / 2;
  if (offset < 0) return line > 0 ? (uint32_t)line : 0; /* nothing of it was executed yet */
  struct table table = {(const uint8_t *)(uintptr_t)start,
                        (const uint8_t *)(uintptr_t)(start + length)};
  if (mt_python_has_pairs(layout)) return line_by_pairs(&table, line, 2 * offset);
  while (table.at < table.end) {
    uint32_t head = next_byte(&table), form = head >> 3 & 15;
    line += next_line_step(&table, form);
    offset -= (head & 7) + 1;
    if (offset < 0) return form != FORM_NONE && line > 0 ? (uint32_t)line : 0;
  }
  return 0;
}
