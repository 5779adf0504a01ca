/*
 * python_objects.h: CPython's own blocks, where MEMTRACE_PYTHON=objects asks for them. The
 * interpreter lets its allocators be wrapped (PyMem_SetAllocator), as tracemalloc does; ours pass
 * every call on and record the blocks that lie in arenas. What the interpreter asks of malloc is
 * recorded there, as ever, so no block counts twice.
 *
 * The domains are wrapped before the interpreter has made its first object, when its module is
 * announced. An interpreter that is told to use other allocators (PYTHONMALLOC=debug, -X dev) sets
 * them anew as it starts, and the wrap is gone: the first arena that comes without one under way
 * tells, and they are wrapped again.
 */
#ifndef MEMTRACE_PYTHON_OBJECTS_H
#define MEMTRACE_PYTHON_OBJECTS_H

#include "modules/module_image.h"

/* [hook] A module was announced: wraps its allocators if it is an interpreter whose arenas can be
 * seen. */
void mt_python_objects_look_at(const struct mt_module_image *image);

#endif
