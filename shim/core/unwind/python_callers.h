/*
 * python_callers.h: the Python code of a thread beside its native stack (python/stack.h). The kept
 * native frames say where each run of Python code belongs.
 */
#ifndef MEMTRACE_PYTHON_CALLERS_H
#define MEMTRACE_PYTHON_CALLERS_H

#include <stdint.h>

#include "base/sink.h"
#include "unwind/frames.h"

/*
 * [hook] The stack `node`, which is the kept one of `thread`, joined with the Python code that the
 * thread runs. Returns `node` when there is none, or none that can be read.
 */
uint32_t mt_python_callers(struct mt_unwind_thread *thread, struct mt_sink *sink, uint32_t node);

#endif
