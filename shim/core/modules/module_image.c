/* module_image.c: see module_image.h. */
#include "modules/module_image.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/page.h"
#include "base/sys.h"
#include "trace_format.h"

#define SEGMENTS_MAX 32u
#define PATH_MAX_BYTES 4096u
#define RECORD_MAX                                            \
  (sizeof(struct mt_record) + sizeof(struct mt_module_load) + \
   SEGMENTS_MAX * sizeof(struct mt_segment) + MT_BUILD_ID_MAX + PATH_MAX_BYTES)

_Static_assert(RECORD_MAX <= MT_RAW_RECORD_BYTES_MAX, "a module's record fits a ring");

const char *mt_module_image_program = "";

static const Elf64_Phdr *header_at(const struct mt_module_image *image, unsigned index) {
  return (const Elf64_Phdr *)(uintptr_t)(image->headers + index * sizeof(Elf64_Phdr));
}

static void find_build_id(struct mt_module_image *image, const Elf64_Phdr *notes) {
  uint64_t at = image->base + notes->p_vaddr, end = at + notes->p_memsz;
  uint64_t align = notes->p_align == 8 ? 8 : 4, first, last;
  if (!mt_module_image_segment(image, at, &first, &last) || end > last || at % align != 0) return;
  while (end - at >= sizeof(Elf64_Nhdr)) {
    const Elf64_Nhdr *note = (const Elf64_Nhdr *)(uintptr_t)at;
    uint64_t name = at + sizeof *note;
    uint64_t content = (name + note->n_namesz + align - 1) & ~(align - 1);
    uint64_t next = (content + note->n_descsz + align - 1) & ~(align - 1);
    if (next > end || next <= at) return;
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
        memcmp((const void *)(uintptr_t)name, "GNU", 4) == 0 && note->n_descsz <= MT_BUILD_ID_MAX) {
      image->build_id = (const uint8_t *)(uintptr_t)content;
      image->build_id_bytes = (uint16_t)note->n_descsz;
      return;
    }
    at = next;
  }
}

void mt_module_image_find_headers(struct mt_module_image *image, uint64_t address) {
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)(uintptr_t)address;
  if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_phentsize != sizeof(Elf64_Phdr)) return;
  /* They follow the ELF header at once in all that linkers make: in the same page. */
  const uint64_t page = mt_page_bytes(), bytes = elf->e_phnum * sizeof(Elf64_Phdr);
  if (elf->e_phoff % 8 != 0 || elf->e_phoff > page || bytes > page - elf->e_phoff) return;
  image->headers = address + elf->e_phoff;
  image->header_count = elf->e_phnum;
}

void mt_module_image_read(struct mt_module_image *image) {
  bool first = true;
  for (unsigned i = 0; i < image->header_count; i++) {
    const Elf64_Phdr *header = header_at(image, i);
    uint64_t start = image->base + header->p_vaddr, end = start + header->p_memsz;
    if (header->p_type != PT_LOAD) continue;
    if (first || start < image->start) image->start = start;
    if (first || end > image->end) image->end = end;
    first = false;
  }
  for (unsigned i = 0; i < image->header_count && image->build_id_bytes == 0; i++)
    if (header_at(image, i)->p_type == PT_NOTE) find_build_id(image, header_at(image, i));
}

bool mt_module_image_segment(const struct mt_module_image *image, uint64_t address, uint64_t *start,
                             uint64_t *end) {
  for (unsigned i = 0; i < image->header_count; i++) {
    const Elf64_Phdr *header = header_at(image, i);
    uint64_t first = image->base + header->p_vaddr;
    if (header->p_type != PT_LOAD || !(header->p_flags & PF_R)) continue;
    if (address < first || address >= first + header->p_memsz) continue;
    *start = first;
    *end = first + header->p_memsz;
    return true;
  }
  return false;
}

static bool is_vdso(const struct mt_module_image *image) {
  return strncmp(image->name, "linux-vdso.so", 13) == 0 ||
         strncmp(image->name, "linux-gate.so", 13) == 0;
}

/* The absolute path, without NUL, and what the file is now. Returns its length. */
static size_t find_path(const struct mt_module_image *image, char *path, struct stat *status) {
  static const char executable[] = "/proc/self/exe";
  memset(status, 0, sizeof *status);
  if (image->name[0] == '\0') {
    long length = mt_syscall(SYS_readlinkat, AT_FDCWD, executable, path, PATH_MAX_BYTES, 0, 0);
    const char *file = length > 0 ? executable : mt_module_image_program;
    if (length <= 0) {
      length = (long)strnlen(file, PATH_MAX_BYTES - 1);
      memcpy(path, file, (size_t)length);
    }
    if (mt_sys_failed(mt_sys_stat_path(file, status))) memset(status, 0, sizeof *status);
    return (size_t)length;
  }
  if (is_vdso(image)) {
    memcpy(path, "[vdso]", 6);
    return 6;
  }
  size_t length = 0, name = strnlen(image->name, PATH_MAX_BYTES);
  if (image->name[0] != '/') {
    long directory = mt_syscall(SYS_getcwd, path, PATH_MAX_BYTES, 0, 0, 0, 0);
    if (directory > 1 && path[0] == '/') { /* counts its NUL */
      length = (size_t)directory - 1;
      if (path[length - 1] != '/') path[length++] = '/';
    }
  }
  if (length + name >= PATH_MAX_BYTES) length = 0;
  if (name >= PATH_MAX_BYTES) name = PATH_MAX_BYTES - 1;
  memcpy(path + length, image->name, name);
  path[length + name] = '\0';
  if (mt_sys_failed(mt_sys_stat_path(path, status))) memset(status, 0, sizeof *status);
  return length + name;
}

static uint16_t copy_segments(const struct mt_module_image *image, struct mt_segment *segments) {
  uint16_t count = 0;
  for (unsigned i = 0; i < image->header_count && count < SEGMENTS_MAX; i++) {
    const Elf64_Phdr *header = header_at(image, i);
    if (header->p_type != PT_LOAD) continue;
    struct mt_segment *segment = &segments[count++];
    segment->start = image->base + header->p_vaddr;
    segment->end = segment->start + header->p_memsz;
    segment->file_offset = header->p_offset;
    segment->flags = header->p_flags & (PF_X | PF_W | PF_R);
  }
  return count;
}

bool mt_module_image_announce(const struct mt_module_image *image, struct mt_sink *sink,
                              uint32_t number, uint16_t incarnation, uint64_t now_ns) {
  /* Mapped for the moment: a hook may run on a signal stack of a few kilobytes. */
  uint8_t *buffer = mt_sys_map_scratch(RECORD_MAX + PATH_MAX_BYTES);
  if (!buffer) return false;
  struct mt_record *record = (struct mt_record *)buffer;
  struct mt_module_load *load = (struct mt_module_load *)(record + 1);
  struct mt_segment *segments = (struct mt_segment *)(load + 1);
  load->start = image->start;
  load->end = image->end;
  load->segment_count = copy_segments(image, segments);
  uint8_t *end = (uint8_t *)(segments + load->segment_count);
  if (image->build_id_bytes) memcpy(end, image->build_id, image->build_id_bytes);
  end += image->build_id_bytes;
  struct stat status;
  size_t path_bytes = find_path(image, (char *)end, &status);
  end += path_bytes;

  load->time_ns = now_ns;
  load->base = image->base;
  load->file_bytes = (uint64_t)status.st_size;
  load->file_mtime_ns = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
  load->module = number;
  load->incarnation = incarnation;
  load->build_id_bytes = image->build_id_bytes;
  load->path_bytes = (uint16_t)path_bytes;
  record->type = MT_RECORD_MODULE_LOAD;
  record->bytes = (uint32_t)(end - (uint8_t *)load);
  memset(end, 0, 8);
  size_t bytes = (sizeof *record + record->bytes + 7) & ~(size_t)7;
  sink->define_records(sink, buffer, bytes);
  mt_sys_unmap(buffer, RECORD_MAX + PATH_MAX_BYTES);
  return true;
}
