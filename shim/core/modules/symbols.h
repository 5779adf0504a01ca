/*
 * symbols.h: what a mapped object defines, by its GNU hash table in memory: neither the loader nor
 * its lock is asked. Every word is checked to lie in the object before it is read.
 */
#ifndef MEMTRACE_SYMBOLS_H
#define MEMTRACE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "modules/module_image.h"

struct mt_symbols {
  uint64_t base, start, end; /* of the object */
  uint64_t symbols, strings, gnu_hash;
};

/* [hook] Finds the tables of an object; false if it has none. */
bool mt_symbols_of(const struct mt_module_image *image, struct mt_symbols *symbols);

/* [hook] The address of what the object defines under a name; 0 if it does not. */
uint64_t mt_symbols_find(const struct mt_symbols *symbols, const char *name);

#endif
