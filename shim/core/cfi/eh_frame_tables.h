/*
 * eh_frame_tables.h: from an address to its description (FDE) in a module's unwind tables, with the
 * common part (CIE) it refers to. Pure, as cfi.h; used by cfi.c.
 */
#ifndef MEMTRACE_EH_FRAME_TABLES_H
#define MEMTRACE_EH_FRAME_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "cfi/cfi_image.h"

struct mt_cfi_common {
  uint64_t program_start, program_end;
  uint64_t code_align;
  int64_t data_align;
  uint8_t pointer_encoding;
  bool has_augmentation_data;
  bool is_signal;
};

struct mt_cfi_description {
  uint64_t first, last; /* addresses it covers: [first, last) */
  uint64_t program_start, program_end;
  struct mt_cfi_common common;
};

/* [hook] The address of the description that should cover pc, 0 when there is none. */
uint64_t mt_cfi_find(const struct mt_cfi_image *image, uint64_t pc);

/* [hook] Reads the description at `at`; false when there is no sound one. */
bool mt_cfi_read(const struct mt_cfi_image *image, uint64_t at,
                 struct mt_cfi_description *description);

#endif
