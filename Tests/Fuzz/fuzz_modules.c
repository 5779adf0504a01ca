/*
 * fuzz_modules.c: libFuzzer target of what is read of a mapped object: its ELF header, program
 * headers and notes. An input is such an object; the loader has seen to it that segments lie where
 * they say, so that here they are moved into the input. It stands before an inaccessible page.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "modules/module_image.h"
#include "trace_format.h"

#define PAGE 4096u
#define ROOM (64u << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_record(struct mt_sink *self, const void *records, size_t bytes) {
  const struct mt_record *record = records;
  const struct mt_module_load *load = (const struct mt_module_load *)(record + 1);
  (void)self;
  if (bytes % 8 != 0 || bytes > MT_RAW_RECORD_BYTES_MAX || sizeof *record + record->bytes > bytes ||
      sizeof *load + load->segment_count * sizeof(struct mt_segment) + load->build_id_bytes +
              load->path_bytes !=
          record->bytes)
    abort();
}

/* Whole pages, their end the end of what may be read. */
static uint8_t *place(const uint8_t *data, size_t size, size_t *bytes) {
  static uint8_t *room;
  if (room == NULL) {
    room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || mprotect(room + ROOM, PAGE, PROT_NONE) != 0) abort();
  }
  *bytes = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
  uint8_t *object = room + ROOM - *bytes;
  memset(object, 0, *bytes);
  memcpy(object, data, size);
  return object;
}

static void move_segments(const struct mt_module_image *image, size_t bytes) {
  Elf64_Phdr *headers = (Elf64_Phdr *)(uintptr_t)image->headers;
  for (unsigned i = 0; i < image->header_count; i++) {
    if (headers[i].p_type != PT_LOAD) continue;
    headers[i].p_vaddr %= bytes;
    if (headers[i].p_memsz > bytes - headers[i].p_vaddr)
      headers[i].p_memsz = bytes - headers[i].p_vaddr;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || size > ROOM) return -1;
  size_t bytes;
  uint64_t start = (uint64_t)(uintptr_t)place(data, size, &bytes);
  struct mt_module_image image = {
      .base = start, .start = start, .end = start + bytes, .name = "/x"};
  mt_module_image_find_headers(&image, start);
  move_segments(&image, bytes);
  mt_module_image_read(&image);
  if (image.build_id_bytes > MT_BUILD_ID_MAX) abort();
  uint64_t first, last;
  if (mt_module_image_segment(&image, start, &first, &last) && (first > start || last <= start))
    abort();
  struct mt_sink sink = {.define_records = take_record};
  mt_module_image_announce(&image, &sink, 1, 0, 0);
  return 0;
}
