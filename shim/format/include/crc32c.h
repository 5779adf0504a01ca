/*
 * crc32c.h: CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected) of a byte range, the checksum of
 * every chunk. Header-only so that the recording library and the analyzer share one definition.
 * Uses the SSE4.2 instruction where the processor has it. Touches no memory but its input.
 */
#ifndef MEMTRACE_CRC32C_H
#define MEMTRACE_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t mt_crc32c_portable(uint32_t crc, const unsigned char *bytes, size_t count) {
  while (count-- > 0) {
    crc ^= *bytes++;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1u)));
  }
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static inline uint32_t mt_crc32c_sse42(uint32_t crc,
                                                                         const unsigned char *bytes,
                                                                         size_t count) {
  uint64_t wide = crc;
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = (uint32_t)wide;
  while (count-- > 0) crc = __builtin_ia32_crc32qi(crc, *bytes++);
  return crc;
}
#endif

/* CRC-32C of `count` bytes, continuing from `seed`: 0 at first, else an earlier result. */
static inline uint32_t mt_crc32c(uint32_t seed, const void *data, size_t count) {
  const unsigned char *bytes = (const unsigned char *)data;
  uint32_t crc = ~seed;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~mt_crc32c_sse42(crc, bytes, count);
#endif
  return ~mt_crc32c_portable(crc, bytes, count);
}

#endif
