/*
 * cfi_reader.h: a bounds-checked cursor over unwind tables. A read past the end gives 0 and sets
 * `bad`, so a parser checks once, after its reads. Used by cfi.c and cfi_expression.c.
 */
#ifndef MEMTRACE_CFI_READER_H
#define MEMTRACE_CFI_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cfi/cfi_image.h"

struct mt_cfi_reader {
  const struct mt_cfi_image *image;
  uint64_t at;  /* address of the next byte */
  uint64_t end; /* one past the last; within the image */
  bool bad;
};

static inline struct mt_cfi_reader mt_cfi_reader(const struct mt_cfi_image *image, uint64_t start,
                                                 uint64_t end) {
  bool bad = start < image->start || start > end || end > image->end;
  return (struct mt_cfi_reader){image, start, bad ? start : end, bad};
}

static inline void mt_cfi_read_bytes(struct mt_cfi_reader *r, void *to, uint64_t count) {
  if (r->bad || r->end - r->at < count) {
    r->bad = true;
    memset(to, 0, count);
    return;
  }
  memcpy(to, r->image->bytes + (r->at - r->image->start), count);
  r->at += count;
}

static inline void mt_cfi_skip(struct mt_cfi_reader *r, uint64_t count) {
  if (r->bad || r->end - r->at < count)
    r->bad = true;
  else
    r->at += count;
}

#define MT_CFI_READ(name, type)                      \
  static inline type name(struct mt_cfi_reader *r) { \
    type value;                                      \
    mt_cfi_read_bytes(r, &value, sizeof value);      \
    return value;                                    \
  }
MT_CFI_READ(mt_cfi_u8, uint8_t)
MT_CFI_READ(mt_cfi_u16, uint16_t)
MT_CFI_READ(mt_cfi_u32, uint32_t)
MT_CFI_READ(mt_cfi_u64, uint64_t)
#undef MT_CFI_READ

static inline uint64_t mt_cfi_uleb(struct mt_cfi_reader *r) {
  uint64_t value = 0;
  for (unsigned shift = 0; !r->bad; shift += 7) {
    uint8_t byte = mt_cfi_u8(r);
    if (shift < 64) value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return value;
  }
  return 0;
}

static inline int64_t mt_cfi_sleb(struct mt_cfi_reader *r) {
  uint64_t value = 0;
  for (unsigned shift = 0; !r->bad;) {
    uint8_t byte = mt_cfi_u8(r);
    if (shift < 64) value |= (uint64_t)(byte & 0x7f) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    if ((byte & 0x40) && shift < 64) value |= ~UINT64_C(0) << shift;
    return (int64_t)value;
  }
  return 0;
}

/* Pointer encodings of the LSB's DWARF extensions. */
enum mt_cfi_encoding {
  MT_CFI_FORMAT_MASK = 0x0f,
  MT_CFI_ABSOLUTE = 0x00,
  MT_CFI_ULEB = 0x01,
  MT_CFI_U16 = 0x02,
  MT_CFI_U32 = 0x03,
  MT_CFI_U64 = 0x04,
  MT_CFI_SLEB = 0x09,
  MT_CFI_S16 = 0x0a,
  MT_CFI_S32 = 0x0b,
  MT_CFI_S64 = 0x0c,
  MT_CFI_BASE_MASK = 0x70,
  MT_CFI_FROM_PC = 0x10,
  MT_CFI_FROM_HEADER = 0x30,
  MT_CFI_INDIRECT = 0x80,
  MT_CFI_OMIT = 0xff,
};

/* An encoded pointer; an indirect one is not followed: `bad`. */
static inline uint64_t mt_cfi_pointer(struct mt_cfi_reader *r, uint8_t encoding) {
  uint64_t here = r->at, value = 0;
  switch (encoding & MT_CFI_FORMAT_MASK) {
    case MT_CFI_ABSOLUTE:
    case MT_CFI_U64:
    case MT_CFI_S64:
      value = mt_cfi_u64(r);
      break;
    case MT_CFI_ULEB:
      value = mt_cfi_uleb(r);
      break;
    case MT_CFI_SLEB:
      value = (uint64_t)mt_cfi_sleb(r);
      break;
    case MT_CFI_U16:
      value = mt_cfi_u16(r);
      break;
    case MT_CFI_S16:
      value = (uint64_t)(int64_t)(int16_t)mt_cfi_u16(r);
      break;
    case MT_CFI_U32:
      value = mt_cfi_u32(r);
      break;
    case MT_CFI_S32:
      value = (uint64_t)(int64_t)(int32_t)mt_cfi_u32(r);
      break;
    default:
      r->bad = true;
  }
  switch (encoding & MT_CFI_BASE_MASK) {
    case 0:
      break;
    case MT_CFI_FROM_PC:
      value += here;
      break;
    case MT_CFI_FROM_HEADER:
      value += r->image->header;
      break;
    default:
      r->bad = true;
  }
  if (encoding & MT_CFI_INDIRECT) r->bad = true;
  return value;
}

#endif
