/* eh_frame_tables.c: see eh_frame_tables.h. */
#include "cfi/eh_frame_tables.h"

#include "arch/registers.h"
#include "cfi/cfi_reader.h"

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

static bool read_common(const struct mt_cfi_image *image, uint64_t at,
                        struct mt_cfi_common *common) {
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
  *common = (struct mt_cfi_common){.pointer_encoding = MT_CFI_ABSOLUTE};
  common->code_align = mt_cfi_uleb(&r);
  common->data_align = mt_cfi_sleb(&r);
  uint64_t return_column = version == 1 ? mt_cfi_u8(&r) : mt_cfi_uleb(&r);
  if (return_column != MT_DWARF_RETURN) return false;

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

bool mt_cfi_read(const struct mt_cfi_image *image, uint64_t at, struct mt_cfi_description *out) {
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
    struct mt_cfi_description d;
    if (id != 0 && mt_cfi_read(image, at, &d) && pc >= d.first && pc < d.last) return at;
    at = r.end;
  }
}

uint64_t mt_cfi_find(const struct mt_cfi_image *image, uint64_t pc) {
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
