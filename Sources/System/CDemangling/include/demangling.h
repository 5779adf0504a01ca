/*
 * demangling.h: the demanglers of the languages' own makers, within bounds. A mangled name refers
 * to parts of itself, which may refer again: 150 bytes can stand for gigabytes of text. Whoever
 * names a symbol decides what a demangler reads, so none of them is trusted with time or memory.
 *
 * Those of C++ and Rust hand out their text piece by piece: they are left when it is long enough.
 * Those of Swift and D return all of it: a name that could stand for much is given to a process of
 * its own, which may die of it. Every function may be called from any thread.
 */
#ifndef MEMTRACE_DEMANGLING_H
#define MEMTRACE_DEMANGLING_H

#include <stdbool.h>
#include <stddef.h>

/* No readable name is longer; what is, is cut. */
#define MT_READABLE_BYTES_MAX (64u << 10)

enum mt_mangling {
  MT_MANGLING_CXX,
  MT_MANGLING_RUST, /* both schemes of it */
  MT_MANGLING_D,
  MT_MANGLING_SWIFT,
};

struct mt_readable {
  char *text;   /* of MT_READABLE_BYTES_MAX bytes, the caller's; no NUL at its end */
  size_t bytes; /* of the readable form; 0: the name is none of that language, or none can be had */
  bool is_cut;
};

/* Fills `readable`. `name` is `bytes` long and ends with a NUL. Time and memory are bounded by the
 * name's length and MT_READABLE_BYTES_MAX. */
void mt_demangle(enum mt_mangling mangling, const char *name, size_t bytes,
                 struct mt_readable *readable);

/* The same by the process of its own, whatever the name: for tests, and for mt_demangle. */
void mt_demangle_apart(enum mt_mangling mangling, const char *name, size_t bytes,
                       struct mt_readable *readable);

/* The same in this process and without bounds, for Swift and D. */
void mt_demangle_whole(enum mt_mangling mangling, const char *name, size_t bytes,
                       struct mt_readable *readable);

#endif
