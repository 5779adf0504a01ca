/*
 * code.h: what a code object says of itself: the function's qualified name, the file, and the line
 * of an instruction. Read out of the interpreter's memory, every object checked by its type.
 */
#ifndef MEMTRACE_PYTHON_CODE_H
#define MEMTRACE_PYTHON_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "python/interpreter.h"

#define MT_PYTHON_FUNCTION_BYTES 1024u
#define MT_PYTHON_FILE_BYTES 4096u

struct mt_python_description {
  uint32_t function_bytes, file_bytes;
  char function[MT_PYTHON_FUNCTION_BYTES]; /* UTF-8; a longer one is cut */
  char file[MT_PYTHON_FILE_BYTES];
};

/*
 * [hook] Tells a code object from others at the same address: a hash of what its members point to.
 * 0 if it cannot be read.
 */
uint32_t mt_python_fingerprint(const struct mt_python_layout *layout, uint64_t code);

/* [hook] Fills in the names of a code object. False if it is none, or the layout is not its. */
bool mt_python_describe(const struct mt_python_interpreter *python, uint64_t code,
                        struct mt_python_description *description);

/* [hook] The line of the instruction at `instruction`, an address; 0 if it has none. */
uint32_t mt_python_line(const struct mt_python_interpreter *python, uint64_t code,
                        uint64_t instruction);

#endif
