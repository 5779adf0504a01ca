/*
 * stack.h: the Python code that the calling thread runs, as a stack of lines. It is read from the
 * interpreter's own frames, innermost first; a thread keeps what it read last, so that only lines
 * that have changed are looked up. Calls of the evaluation loop divide it into runs: the lines of a
 * run belong to the native frame of that call.
 */
#ifndef MEMTRACE_PYTHON_STACK_H
#define MEMTRACE_PYTHON_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "python/interpreter.h"

struct mt_python_thread;

/* Where a native frame stands that has `address` among its words. */
struct mt_python_native {
  /* How many recorded frames are above it, the thread's outermost first: 0 is that one. Negative:
   * it is not recorded, or on another stack. `guess` is where it was last, or anything. */
  int64_t (*depth_of)(const void *context, uint64_t address, int64_t guess);
  const void *context;
};

/*
 * [hook] The calling thread's Python stack is the path to `*node`, a path of its own below the
 * root: before each run a MT_LOCATION_RUN. MT_STACK_ROOT where the thread runs no Python code.
 * False where it does and that cannot be read, or there is no memory for it. `*thread` is memory of
 * the caller's thread, NULL at first.
 */
bool mt_python_stack(struct mt_python_thread **thread, struct mt_sink *sink,
                     const struct mt_python_native *native, uint32_t *node);

/* [hook] What a thread has kept counts no more: another owner, another trace. May be NULL. */
void mt_python_thread_reset(struct mt_python_thread *thread);

#endif
