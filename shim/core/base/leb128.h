/*
 * leb128.h: LEB128 numbers, the variable-length integers of the trace's columns: seven bits a
 * byte, low bits first, the top bit set on all bytes but the last. Signed ones are zigzag-folded,
 * so that small magnitudes are short. Callers have room for MT_LEB128_BYTES_MAX.
 */
#ifndef MEMTRACE_LEB128_H
#define MEMTRACE_LEB128_H

#include <stdint.h>

#define MT_LEB128_BYTES_MAX 10

static inline uint8_t *mt_put_unsigned(uint8_t *to, uint64_t value) {
  while (value >= 0x80) {
    *to++ = (uint8_t)(value | 0x80);
    value >>= 7;
  }
  *to++ = (uint8_t)value;
  return to;
}

static inline uint8_t *mt_put_signed(uint8_t *to, int64_t value) {
  return mt_put_unsigned(to, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

#endif
