/* objects.c: see objects.h. Layouts: the System V ABI's chapter on dynamic linking, and the GNU
 * hash table as binutils and the loader define it. */
#include "objects.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/elf.h"
#include "base/atomics.h"
#include "base/sys.h"

#define BLOOM_BITS (8 * sizeof(ElfW(Addr)))

struct mt_symbol_name mt_symbol_name_of(const char *text) {
  uint32_t hash = 5381;
  for (const unsigned char *byte = (const unsigned char *)text; *byte != '\0'; byte++) {
    hash = hash * 33 + *byte;
  }
  return (struct mt_symbol_name){text, hash};
}

static uintptr_t page_bytes(void) {
  static uintptr_t bytes;
  if (bytes == 0) bytes = (uintptr_t)getpagesize();
  return bytes;
}

/* The loader has made addresses of the table's file offsets, but where the table is read-only. */
static uintptr_t address_in(const struct mt_object *object, ElfW(Addr) value) {
  return value < object->base ? object->base + value : value;
}

static void read_dynamic_table(struct mt_object *object, const ElfW(Dyn) * entry) {
  size_t data_bytes = 0, call_bytes = 0;
  bool has_rela = false;
  for (; entry->d_tag != DT_NULL; entry++) {
    uintptr_t address = address_in(object, entry->d_un.d_ptr);
    switch (entry->d_tag) {
      case DT_SYMTAB:
        object->symbols = (ElfW(Sym) *)address;
        break;
      case DT_STRTAB:
        object->strings = (const char *)address;
        break;
      case DT_GNU_HASH:
        object->gnu_hash = (const uint32_t *)address;
        break;
      case DT_RELA:
        object->relocations[0] = (const ElfW(Rela) *)address;
        break;
      case DT_RELASZ:
        data_bytes = entry->d_un.d_val;
        break;
      case DT_JMPREL:
        object->relocations[1] = (const ElfW(Rela) *)address;
        break;
      case DT_PLTRELSZ:
        call_bytes = entry->d_un.d_val;
        break;
      case DT_PLTREL:
        has_rela = entry->d_un.d_val == DT_RELA;
        break;
      default:
        break;
    }
  }
  if (object->relocations[0] != NULL) {
    object->relocation_counts[0] = data_bytes / sizeof(ElfW(Rela));
  }
  if (object->relocations[1] != NULL && has_rela) {
    object->relocation_counts[1] = call_bytes / sizeof(ElfW(Rela));
  }
}

bool mt_object_read(struct mt_object *object, const struct dl_phdr_info *info) {
  *object = (struct mt_object){
      .base = info->dlpi_addr,
      .start = UINTPTR_MAX,
      .segments = info->dlpi_phdr,
      .segment_count = info->dlpi_phnum,
  };
  const ElfW(Dyn) *dynamic = NULL;
  for (size_t i = 0; i < object->segment_count; i++) {
    const ElfW(Phdr) *segment = &object->segments[i];
    uintptr_t start = object->base + segment->p_vaddr, end = start + segment->p_memsz;
    if (segment->p_type == PT_LOAD) {
      if (start < object->start) object->start = start;
      if (end > object->end) object->end = end;
    } else if (segment->p_type == PT_DYNAMIC) {
      dynamic = (const ElfW(Dyn) *)start;
    } else if (segment->p_type == PT_GNU_RELRO) {
      object->relro_start = start & -page_bytes();
      object->relro_end = end & -page_bytes();
    }
  }
  if (dynamic == NULL) return false;
  read_dynamic_table(object, dynamic);
  return object->symbols != NULL && object->strings != NULL && object->gnu_hash != NULL;
}

/* ---- What an object defines ---- */

struct gnu_hash {
  uint32_t buckets, first_symbol, bloom_words, bloom_shift;
  const ElfW(Addr) * bloom;
  const uint32_t *bucket;
  const uint32_t *chain; /* of the symbol `first_symbol` and those after it */
};

static struct gnu_hash gnu_hash_of(const struct mt_object *object) {
  const uint32_t *words = object->gnu_hash;
  struct gnu_hash table = {words[0], words[1], words[2], words[3], NULL, NULL, NULL};
  table.bloom = (const ElfW(Addr) *)(words + 4);
  table.bucket = (const uint32_t *)(table.bloom + table.bloom_words);
  table.chain = table.bucket + table.buckets;
  return table;
}

/* The first symbol whose chain may hold `hash`; 0 if there is none. */
static uint32_t first_of_chain(const struct gnu_hash *table, uint32_t hash) {
  if (table->buckets == 0 || table->bloom_words == 0) return 0;
  ElfW(Addr) word = table->bloom[hash / BLOOM_BITS % table->bloom_words];
  if ((word >> hash % BLOOM_BITS & word >> (hash >> table->bloom_shift) % BLOOM_BITS & 1) == 0) {
    return 0;
  }
  uint32_t symbol = table->bucket[hash % table->buckets];
  return symbol >= table->first_symbol ? symbol : 0;
}

/* The next defined function named `name` from symbol `*at` on, which moves behind it, or to 0 at
 * the chain's end. */
static ElfW(Sym) * next_definition(const struct mt_object *object, const struct gnu_hash *table,
                                   const struct mt_symbol_name *name, uint32_t *at) {
  while (*at != 0) {
    ElfW(Sym) *symbol = &object->symbols[*at];
    uint32_t hash = table->chain[*at - table->first_symbol];
    *at = (hash & 1) != 0 ? 0 : *at + 1;
    if ((hash | 1) == (name->hash | 1) && symbol->st_shndx != SHN_UNDEF &&
        ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
        strcmp(object->strings + symbol->st_name, name->text) == 0) {
      return symbol;
    }
  }
  return NULL;
}

uintptr_t mt_object_defines(const struct mt_object *object, const struct mt_symbol_name *name) {
  struct gnu_hash table = gnu_hash_of(object);
  uint32_t at = first_of_chain(&table, name->hash);
  const ElfW(Sym) *symbol = next_definition(object, &table, name, &at);
  return symbol != NULL ? object->base + symbol->st_value : 0;
}

void mt_object_redefine(const struct mt_object *object, const struct mt_symbol_name *name,
                        uintptr_t address, uintptr_t replacement) {
  struct gnu_hash table = gnu_hash_of(object);
  uint32_t at = first_of_chain(&table, name->hash);
  ElfW(Sym) * symbol;
  while ((symbol = next_definition(object, &table, name, &at)) != NULL) {
    if (object->base + symbol->st_value == address) {
      mt_store_relaxed(&symbol->st_value, replacement - object->base);
    }
  }
}

/* ---- Memory that is read-only ---- */

static int protection_of(const ElfW(Phdr) * segment) {
  return ((segment->p_flags & PF_R) != 0 ? PROT_READ : 0) |
         ((segment->p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
         ((segment->p_flags & PF_X) != 0 ? PROT_EXEC : 0);
}

static const ElfW(Phdr) * segment_of(const struct mt_object *object, uintptr_t address) {
  for (size_t i = 0; i < object->segment_count; i++) {
    const ElfW(Phdr) *segment = &object->segments[i];
    uintptr_t start = object->base + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && address - start < segment->p_memsz) return segment;
  }
  return NULL;
}

static bool protect(uintptr_t start, uintptr_t end, int protection) {
  start &= -page_bytes();
  return mt_syscall(SYS_mprotect, start, end - start, protection, 0, 0, 0) == 0;
}

/* The symbols that can be looked up stand together, and end where the chains do. */
static uintptr_t symbols_end(const struct mt_object *object) {
  struct gnu_hash table = gnu_hash_of(object);
  uint32_t last = 0;
  for (uint32_t i = 0; i < table.buckets; i++) {
    if (table.bucket[i] > last) last = table.bucket[i];
  }
  if (last < table.first_symbol) return (uintptr_t)&object->symbols[table.first_symbol];
  while ((table.chain[last - table.first_symbol] & 1) == 0) last++;
  return (uintptr_t)&object->symbols[last + 1];
}

bool mt_object_unlock_symbols(const struct mt_object *object) {
  uintptr_t start = (uintptr_t)object->symbols;
  const ElfW(Phdr) *segment = segment_of(object, start);
  return segment != NULL &&
         protect(start, symbols_end(object), protection_of(segment) | PROT_WRITE);
}

void mt_object_lock_symbols(const struct mt_object *object) {
  uintptr_t start = (uintptr_t)object->symbols;
  const ElfW(Phdr) *segment = segment_of(object, start);
  if (segment != NULL) protect(start, symbols_end(object), protection_of(segment));
}

/* ---- What an object's words hold ---- */

static bool holds_function(const ElfW(Rela) * relocation) {
  uint32_t type = (uint32_t)ELF64_R_TYPE(relocation->r_info);
  return type == MT_RELOCATION_CALL || type == MT_RELOCATION_DATA ||
         (type == MT_RELOCATION_ADDRESS && relocation->r_addend == 0);
}

/* Stores into a word of the object's data; `unlocked`: whether what the loader protects is not. */
static void store(const struct mt_object *object, uintptr_t address, uintptr_t value,
                  bool *unlocked) {
  if (address - object->relro_start < object->relro_end - object->relro_start && !*unlocked) {
    *unlocked = protect(object->relro_start, object->relro_end, PROT_READ | PROT_WRITE);
    if (!*unlocked) return;
  }
  const ElfW(Phdr) *segment = segment_of(object, address);
  if (segment == NULL || (segment->p_flags & PF_W) == 0) return;
  mt_store_relaxed((uintptr_t *)address, value);
}

void mt_object_rebind(const struct mt_object *object,
                      uintptr_t (*choose)(const struct mt_object *object, uintptr_t bound,
                                          const char *name)) {
  bool unlocked = false;
  for (size_t part = 0; part < 2; part++) {
    const ElfW(Rela) *relocation = object->relocations[part];
    const ElfW(Rela) *end = relocation + object->relocation_counts[part];
    for (; relocation < end; relocation++) {
      uint32_t number = (uint32_t)ELF64_R_SYM(relocation->r_info);
      if (number == 0 || !holds_function(relocation)) continue;
      uintptr_t address = object->base + relocation->r_offset;
      const char *name = object->strings + object->symbols[number].st_name;
      uintptr_t replacement = choose(object, mt_load_relaxed((uintptr_t *)address), name);
      if (replacement != 0) store(object, address, replacement, &unlocked);
    }
  }
  if (unlocked) protect(object->relro_start, object->relro_end, PROT_READ);
}
