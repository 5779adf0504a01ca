/*
 * trace_format/symbols.h: names for code addresses. A part of trace_format.h,
 * which alone includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_SYMBOLS_H
#define MEMTRACE_FORMAT_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Symbols: what code addresses stand for, put into a trace afterwards so that it can be read where
 * its binaries are not. Each chunk is whole in itself; the addresses of all of them make the table.
 *
 * Columns follow the header in this order, unpadded:
 *   struct mt_symbol_module   [modules]   modules of which something is missing
 *   struct mt_symbol_address  [addresses]
 *   struct mt_symbol_frame    [frames]    of the first address, innermost first, then the second's
 *   uint32_t string_bytes     [strings]   length of each string
 *   and the strings themselves, UTF-8, back to back, without NULs.
 *
 * A string is named by its number in the chunk, MT_SYMBOL_NONE if there is none.
 */
#define MT_SYMBOL_NONE UINT32_MAX

struct mt_symbols_header {
  uint32_t modules;
  uint32_t addresses;
  uint32_t frames;
  uint32_t strings;
  /* Of the whole table; a reader takes those of the first chunk. */
  uint32_t looked_up;  /* distinct addresses */
  uint32_t unresolved; /* of those: without a name */
  uint32_t outside;    /* of those: in no module */
  uint32_t reserved;
};

enum mt_symbol_reason {
  MT_SYMBOL_MISSING = 1, /* there was no file */
  MT_SYMBOL_CHANGED = 2, /* the file was another build: text is what was expected, found what is */
  MT_SYMBOL_UNREADABLE = 3, /* text says why */
  MT_SYMBOL_STRIPPED = 4,   /* neither symbols nor debug information */
  MT_SYMBOL_NO_LINES = 5,   /* symbols alone */
};

/* What the module could not give, and why, when the symbols were put in. */
struct mt_symbol_module {
  uint32_t module; /* its number in the trace */
  uint32_t reason; /* enum mt_symbol_reason */
  uint32_t text;   /* string */
  uint32_t found;  /* string */
  uint32_t remedy; /* string: what would help */
  uint32_t looked_up;
  uint32_t unresolved;
  uint32_t reserved;
};

struct mt_symbol_address {
  uint64_t address; /* to be looked up: a return address - 1, or the exact one */
  uint32_t module;  /* its number in the trace, 0 if the address was in none */
  uint32_t frames;  /* at least 1 */
};

/* What a frame of an address is. */
enum mt_symbol_place {
  MT_SYMBOL_OUTERMOST = 0, /* the function that was called */
  MT_SYMBOL_INLINED = 1,   /* its body stands in the next frame's function */
  /* No frame: the function that the call at the address enters, before all others. If the code on
   * top has no name, the function jumped there. Readers may ignore it. */
  MT_SYMBOL_CALLEE = 2,
};

struct mt_symbol_frame {
  uint32_t function; /* string: the readable name */
  uint32_t linkage;  /* string: the linker's name; MT_SYMBOL_NONE if the address has no symbol */
  uint32_t file;     /* string */
  uint32_t line;     /* 0 if unknown */
  uint32_t column;   /* 0 if unknown */
  uint32_t module;   /* its number in the trace, 0 for none */
  uint32_t place;    /* enum mt_symbol_place */
  /* Number of a string + 1: what tells the function from others of its name in the module,
   * "LINE:COLUMN:FILE" of its declaration (0 and empty if unknown) or "+ENTRY", its first address
   * in the ELF file in hexadecimal; 0 if there can be no others, and in traces of older versions.
   */
  uint32_t definition;
};

#ifndef __cplusplus
_Static_assert(sizeof(struct mt_symbols_header) == 32, "symbols header layout");
_Static_assert(sizeof(struct mt_symbol_module) == 32, "symbol module layout");
_Static_assert(sizeof(struct mt_symbol_address) == 16, "symbol address layout");
_Static_assert(sizeof(struct mt_symbol_frame) == 32, "symbol frame layout");
#endif

#endif
