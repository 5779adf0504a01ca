/*
 * layout.h: where CPython keeps what a stack of Python code consists of, by version: offsets of the
 * members that are read, from the interpreter's own headers. A layout is believed only as far as it
 * checks out: whatever is read as a code object, a string or a table must be one by its type.
 */
#ifndef MEMTRACE_PYTHON_LAYOUT_H
#define MEMTRACE_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

/* How the frames that one call of the evaluation loop runs are told from those of the next. */
enum mt_python_runs {
  MT_PYTHON_RUNS_OF_ONE,  /* 3.10: it runs one frame; its mark lies on the C stack */
  MT_PYTHON_RUNS_BY_FLAG, /* 3.11: its outermost frame says so; its mark lies on the C stack */
  MT_PYTHON_RUNS_BY_SHIM, /* from 3.12 on: a frame without code, on the C stack, ends them */
};

struct mt_python_layout {
  uint32_t version; /* major << 8 | minor */
  enum mt_python_runs runs;
  /* Offsets of members, in bytes. */
  struct {
    uint16_t start; /* of the thread state: the innermost frame, or the loop's mark if it has one */
    uint16_t mark_frame, mark_previous; /* 0 and 0: the state has the frame itself */
    uint16_t marks;                     /* where the state has frame and mark: the mark */
  } state;
  struct {
    uint16_t bytes; /* of what is read */
    uint16_t code, previous;
    uint16_t instruction; /* its address; in 3.10 its number, of 4 bytes */
    uint16_t owner, is_entry;
  } frame;
  struct {
    uint16_t bytes;
    uint16_t file, function, first_line, line_table, instructions;
    uint16_t version; /* a number that no other code object has, from 3.12 on; 0: there is none */
  } code;
  struct {
    uint16_t ascii, other; /* where the characters begin */
  } text;
};

/* Frames of this owner and above are no frames of Python code. */
#define MT_PYTHON_OWNER_SHIM 3u

/* Of every version. */
#define MT_PYTHON_TYPE 8u         /* of any object: its type */
#define MT_PYTHON_LENGTH 16u      /* of strings and bytes */
#define MT_PYTHON_TEXT_STATE 32u  /* of a string: how its characters are kept */
#define MT_PYTHON_BYTES_START 32u /* of bytes: the first */

/* How a line table is written. */
static inline bool mt_python_has_pairs(const struct mt_python_layout *layout) {
  return layout->version <= 0x030a; /* PEP 626; later ones: Objects/locations.md of CPython */
}

/* The layout of a version as `Py_Version` has it; NULL if it is not known. */
const struct mt_python_layout *mt_python_layout_of(uint32_t hex_version);

#endif
