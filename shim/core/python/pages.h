/*
 * pages.h: which pages of the interpreter's memory were seen to be readable. It is spread over the
 * heap, so pages are remembered one by one, for the whole process. All are forgotten when memory is
 * unmapped by a call that the recorder sees.
 */
#ifndef MEMTRACE_PYTHON_PAGES_H
#define MEMTRACE_PYTHON_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

/* [hook] Can [address, address + bytes) be read? */
bool mt_pages_readable(uint64_t address, uint64_t bytes);

/* [any] Forgets all pages. */
void mt_pages_forget(void);

/* A word that was seen to be readable. */
static inline uint64_t mt_python_word(uint64_t address) {
  return mt_load_relaxed((const uint64_t *)(uintptr_t)address);
}

#endif
