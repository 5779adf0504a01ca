/*
 * objects.h: the dynamic tables of one loaded object (the program or a library), as the loader left
 * them in memory: which functions it defines, and which of its words hold the address of a function
 * that another object defines. Both can be changed, so that a function is reached through another
 * one. Used by interceptions.c while a process starts; nothing here is for a hook.
 */
#ifndef MEMTRACE_OBJECTS_H
#define MEMTRACE_OBJECTS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mt_object {
  uintptr_t base;       /* what is added to the addresses in its file */
  uintptr_t start, end; /* all that is mapped of it */
  const ElfW(Phdr) * segments;
  size_t segment_count;
  uintptr_t relro_start, relro_end; /* whole pages, read-only once relocated; empty if none */
  ElfW(Sym) * symbols;
  const char *strings;
  const uint32_t *gnu_hash;          /* NULL: it has none, and nothing is found in it */
  const ElfW(Rela) * relocations[2]; /* of data, and of calls */
  size_t relocation_counts[2];
};

/* A function's name with the hash by which it is found. */
struct mt_symbol_name {
  const char *text;
  uint32_t hash;
};

struct mt_symbol_name mt_symbol_name_of(const char *text);

/* [init] Fills in `object` from what dl_iterate_phdr says. False if it has no symbols that can be
 * looked up (the vDSO of some kernels, an object without a GNU hash table). */
bool mt_object_read(struct mt_object *object, const struct dl_phdr_info *info);

/* [init] Address of the function that the object defines under `name`, whatever its version; 0 if
 * it defines none. */
uintptr_t mt_object_defines(const struct mt_object *object, const struct mt_symbol_name *name);

static inline bool mt_object_holds(const struct mt_object *object, uintptr_t address) {
  return address - object->start < object->end - object->start;
}

/*
 * [init] From now on the loader finds `replacement` where the object's definition of `name` stood
 * at `address`: for calls that it has not bound yet, for objects loaded later, for dlsym. Between
 * mt_object_unlock_symbols and mt_object_lock_symbols, the former of which is false when the kernel
 * does not allow the change.
 */
void mt_object_redefine(const struct mt_object *object, const struct mt_symbol_name *name,
                        uintptr_t address, uintptr_t replacement);
bool mt_object_unlock_symbols(const struct mt_object *object);
void mt_object_lock_symbols(const struct mt_object *object);

/*
 * [init] Calls `choose` with every word of the object that is to hold the address of a function and
 * with that function's name. What it returns is stored there; 0: the word stays as it is, as it
 * does where the kernel does not allow the change.
 */
void mt_object_rebind(const struct mt_object *object,
                      uintptr_t (*choose)(const struct mt_object *object, uintptr_t bound,
                                          const char *name));

#endif
