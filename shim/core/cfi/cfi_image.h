/* cfi_image.h: the bytes that the unwind-table parser (cfi.h) works on. */
#ifndef MEMTRACE_CFI_IMAGE_H
#define MEMTRACE_CFI_IMAGE_H

#include <stdint.h>

/* The part of a module's memory that holds its unwind tables. bytes[0] stands at `start`. */
struct mt_cfi_image {
  const uint8_t *bytes;
  uint64_t start;
  uint64_t end;
  uint64_t header; /* address of .eh_frame_hdr */
};

#endif
