/*
 * prefetch.h: the processor's prefetch for writing, which Swift has no name for. Never faults,
 * whatever the address.
 */
#ifndef MEMTRACE_PREFETCH_H
#define MEMTRACE_PREFETCH_H

static inline void mt_prefetch_write(const void *address) { __builtin_prefetch(address, 1, 3); }

#endif
