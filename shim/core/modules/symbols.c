/* symbols.c: see symbols.h. The table is laid out as in preload/objects.c. */
#include "modules/symbols.h"

#include <link.h>
#include <string.h>

#include "base/readable.h"

#define CHAIN_MAX 4096u

static bool holds(const struct mt_symbols *object, uint64_t address, uint64_t bytes) {
  return address >= object->start && address < object->end && object->end - address >= bytes;
}

static uint64_t address_in(const struct mt_symbols *object, uint64_t value) {
  return value < object->base ? object->base + value : value;
}

bool mt_symbols_of(const struct mt_module_image *image, struct mt_symbols *symbols) {
  *symbols = (struct mt_symbols){.base = image->base, .start = image->start, .end = image->end};
  const ElfW(Phdr) *header = (const ElfW(Phdr) *)(uintptr_t)image->headers;
  const ElfW(Dyn) *entry = NULL;
  for (uint16_t i = 0; header != NULL && i < image->header_count; i++) {
    if (header[i].p_type != PT_DYNAMIC) continue;
    entry = (const ElfW(Dyn) *)(uintptr_t)(image->base + header[i].p_vaddr);
  }
  for (; entry != NULL && holds(symbols, (uintptr_t)entry, sizeof *entry); entry++) {
    uint64_t address = address_in(symbols, entry->d_un.d_ptr);
    if (entry->d_tag == DT_NULL) break;
    if (entry->d_tag == DT_SYMTAB) symbols->symbols = address;
    if (entry->d_tag == DT_STRTAB) symbols->strings = address;
    if (entry->d_tag == DT_GNU_HASH) symbols->gnu_hash = address;
  }
  return symbols->symbols != 0 && symbols->strings != 0 && holds(symbols, symbols->gnu_hash, 16) &&
         mt_readable_now(symbols->gnu_hash, 16);
}

static uint32_t word32(uint64_t address) { return *(const uint32_t *)(uintptr_t)address; }

static bool is_called(const struct mt_symbols *object, const ElfW(Sym) * symbol, const char *name) {
  uint64_t at = object->strings + symbol->st_name;
  size_t bytes = strlen(name) + 1;
  return holds(object, at, bytes) && memcmp((const char *)(uintptr_t)at, name, bytes) == 0;
}

uint64_t mt_symbols_find(const struct mt_symbols *object, const char *name) {
  uint32_t hash = 5381;
  for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
    hash = hash * 33 + *at;
  }
  uint32_t buckets = word32(object->gnu_hash), first = word32(object->gnu_hash + 4);
  uint32_t bloom_words = word32(object->gnu_hash + 8);
  uint64_t bucket = object->gnu_hash + 16 + 8 * (uint64_t)bloom_words;
  uint64_t chain = bucket + 4 * (uint64_t)buckets;
  if (buckets == 0 || !holds(object, bucket, 4 * (uint64_t)buckets)) return 0;
  uint32_t number = word32(bucket + 4 * (hash % buckets));
  if (number < first) return 0;
  for (uint32_t steps = 0; steps < CHAIN_MAX; steps++, number++) {
    uint64_t link = chain + 4 * (uint64_t)(number - first);
    uint64_t at = object->symbols + number * sizeof(ElfW(Sym));
    if (!holds(object, link, 4) || !holds(object, at, sizeof(ElfW(Sym)))) return 0;
    const ElfW(Sym) *symbol = (const ElfW(Sym) *)(uintptr_t)at;
    if ((word32(link) | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF &&
        is_called(object, symbol, name)) {
      return object->base + symbol->st_value;
    }
    if ((word32(link) & 1) != 0) return 0;
  }
  return 0;
}
