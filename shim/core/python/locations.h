/*
 * locations.h: numbers for lines of Python code, one table for the process. A line's description
 * goes to the caller's sink before its number can be in a stack. Code objects come and go, and
 * another one may have the address of one that went: an instruction is known by its address, its
 * code object's, and that one's fingerprint.
 */
#ifndef MEMTRACE_PYTHON_LOCATIONS_H
#define MEMTRACE_PYTHON_LOCATIONS_H

#include <stdint.h>

#include "base/sink.h"
#include "python/code.h"

/* An instruction of a code object. */
struct mt_python_instruction {
  uint64_t code;
  uint64_t at;
  uint32_t fingerprint;
};

/* Room to work in, of one thread. */
struct mt_python_scratch {
  struct mt_python_description description;
  uint64_t record[(MT_PYTHON_FUNCTION_BYTES + MT_PYTHON_FILE_BYTES) / 8 + 16];
};

/*
 * [hook] The program counter that stands for an instruction's line in stacks. 0: there is no memory
 * for another one, or what should be code is none, and the interpreter was given up.
 */
uint64_t mt_python_location(const struct mt_python_interpreter *python, struct mt_sink *sink,
                            const struct mt_python_instruction *instruction,
                            struct mt_python_scratch *scratch);

/* [hook] In the child of a fork, whose trace begins empty: forgets all numbers. */
void mt_python_locations_reset(void);

#endif
