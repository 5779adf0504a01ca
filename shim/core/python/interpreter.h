/*
 * interpreter.h: the CPython that a process runs, if it does: found by the symbols of a module when
 * that is announced, so that it makes no difference whether it is the program itself, linked to it,
 * or opened later. Nothing is asked of it but a thread's state.
 */
#ifndef MEMTRACE_PYTHON_INTERPRETER_H
#define MEMTRACE_PYTHON_INTERPRETER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"
#include "modules/module_image.h"
#include "python/layout.h"

struct mt_python_interpreter {
  uint32_t is_active; /* 1: the rest holds. Written last (release) */
  const struct mt_python_layout *layout;
  /* Takes no lock and allocates nothing: it reads a thread-specific value. NULL where the calling
   * thread has no state, whether it holds the interpreter's lock or not. */
  void *(*thread_state)(void);
  uint64_t code_type, text_type, bytes_type;
  /* Between Py_Initialize's end and Py_FinalizeEx's beginning: a word is read. */
  int (*is_initialized)(void);
  /* Called where a thread has a state again while the interpreter begins or ends; NULL: nobody. */
  void (*begins)(void);
  /* Changes when a code object is freed, where that is seen: until then the one at an address is
   * the same. 0: it is not seen. */
  uint32_t code_generation;
  uint32_t is_idle; /* 1: a thread that had a state had none when it was last asked */
};

extern struct mt_python_interpreter mt_python_interpreter;

static inline bool mt_python_is_active(void) {
  return mt_load_acquire(&mt_python_interpreter.is_active) != 0;
}

/* [hook] Has the calling thread ever run Python code? Only while there is an interpreter. */
static inline bool mt_python_has_thread_state(void) {
  return mt_python_interpreter.thread_state() != NULL;
}

/* [hook] A thread of the interpreter has a state, and one had none before. */
void mt_python_has_begun(void);

/* [hook] A module was announced. False if it is an interpreter whose frames cannot be read. */
bool mt_python_look_at(const struct mt_module_image *image);

/* [hook] No frames of Python code from now on: a library was closed, perhaps it. */
void mt_python_forget_interpreter(void);

/* [hook] Something is not what the layout says: native frames alone from now on. */
void mt_python_give_up(void);

/* [any] Is there such an interpreter: of another version or build, or one that was given up? */
bool mt_python_is_unknown(void);

#endif
