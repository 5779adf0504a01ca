/*
 * fuzz_cfi.c: libFuzzer target of the unwind-table parser. An input is the address to look up (8
 * bytes), the header's offset (4), four unused bytes, and an image: a segment of an ELF file as it
 * is mapped. The image stands in a block of its very size, so that a read beside it is seen.
 */
#include <stdlib.h>
#include <string.h>

#include "cfi/cfi.h"
#include "cfi/rule.h"

#define IMAGE_START UINT64_C(0x10000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 20) return -1;
  uint64_t pc;
  uint32_t header;
  memcpy(&pc, data, 8);
  memcpy(&header, data + 8, 4);
  size_t bytes = size - 16;
  uint8_t *copy = malloc(bytes);
  if (!copy) return -1;
  memcpy(copy, data + 16, bytes);
  struct mt_cfi_image image = {copy, IMAGE_START, IMAGE_START + bytes, IMAGE_START + header};
  /* The address asked for, and one in each description of the search table. */
  uint32_t rule = mt_cfi_rule(&image, pc);
  if (mt_rule_kind(rule) == MT_RULE_NONE || rule >> MT_RULE_BITS) abort();
  for (size_t at = (size_t)header + 12; at + 8 <= bytes && at < (size_t)header + 76; at += 8) {
    int32_t first;
    memcpy(&first, copy + at, 4);
    rule = mt_cfi_rule(&image, image.header + (uint64_t)(int64_t)first + pc % 64);
    if (mt_rule_kind(rule) == MT_RULE_NONE || rule >> MT_RULE_BITS) abort();
  }
  free(copy);
  return 0;
}
