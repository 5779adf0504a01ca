/*
 * stack.h: the Python code that the calling thread runs, as a stack of lines. It is read from the
 * interpreter's own frames, innermost first; a thread keeps what it read last, so that only lines
 * that have changed are looked up. Calls of the evaluation loop divide it into runs: the lines of a
 * run belong to the native frame of that call.
 */
#ifndef MEMTRACE_PYTHON_STACK_H
#define MEMTRACE_PYTHON_STACK_H

#include <stdint.h>

#include "base/sink.h"
#include "python/interpreter.h"

struct mt_python_thread;

/* Where a native frame stands that has `address` among its words. */
struct mt_python_native {
  /* How many recorded frames are above it, the thread's outermost first: 0 is that one. Negative:
   * it is not recorded, or on another stack. */
  int64_t (*depth_of)(const void *context, uint64_t address);
  const void *context;
};

/*
 * [hook] The node of the calling thread's Python stack, which is a path of its own below the root:
 * before each run a MT_LOCATION_RUN. MT_STACK_ROOT where the thread runs no Python code, or none
 * that can be read. `*thread` is memory of the caller's thread, NULL at first.
 */
uint32_t mt_python_stack(struct mt_python_thread **thread, struct mt_sink *sink,
                         const struct mt_python_native *native);

/* [hook] The node of the stack that has both: `leaf` of the native one, `python` of the other. */
uint32_t mt_python_join(struct mt_python_thread *thread, struct mt_sink *sink, uint32_t leaf,
                        uint32_t python);

/* [hook] What a thread has kept counts no more: another owner, another trace. May be NULL. */
void mt_python_thread_reset(struct mt_python_thread *thread);

#endif
