/*
 * module_places.h: which incarnations have stood at which pages. A program counter of the trace
 * belongs to the module with its incarnation (MT_PC_INCARNATION_SHIFT), so two modules that ever
 * shared a page must have different ones. The table is a tree over the addresses: what one page, or
 * one granule that a module fills, has had; so it takes time and memory by the module's own size,
 * however many were there before. Used by modules.c.
 */
#ifndef MEMTRACE_MODULE_PLACES_H
#define MEMTRACE_MODULE_PLACES_H

#include <stdint.h>

/*
 * [hook] [signal-safe] The next incarnation of a module at [start, end): one more than the largest
 * that was given out for any of its pages. MT_PC_INCARNATION_MAX, which says that modules at this
 * place cannot be told apart any more, once there are so many, and without memory. A number may be
 * given out for nothing: to a thread that meets a new module at the same time as another.
 */
uint16_t mt_module_places_take(uint64_t start, uint64_t end);

#endif
