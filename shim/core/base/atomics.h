/*
 * atomics.h: atomic operations with the memory order in the name, and hints for the compiler. Every
 * release names, at its place of use, the acquire it pairs with. On plain integers and pointers, so
 * that the structures of trace_format.h, shared through the trace file, need no _Atomic in their
 * definition.
 */
#ifndef MEMTRACE_ATOMICS_H
#define MEMTRACE_ATOMICS_H

#define mt_load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define mt_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define mt_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define mt_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define mt_add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define mt_add_acq_rel(p, v) __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define mt_or_relaxed(p, v) __atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define mt_and_relaxed(p, v) __atomic_fetch_and((p), (v), __ATOMIC_RELAXED)
/* Ahead of all acquiring loads behind it, too. */
#define mt_add_seq_cst(p, v) __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define mt_exchange_acquire(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define mt_exchange_acq_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)

/* Strong compare-and-swap: true when *p was *expected and is now v; else *expected = *p. */
#define mt_cas_acq_rel(p, expected, v) \
  __atomic_compare_exchange_n((p), (expected), (v), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/* Orders plain stores before and after it for a signal handler of the same thread only. */
#define mt_signal_fence() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* On the declaration of a variable that hooks use: it is the library's own, and reached without a
 * look at the table of addresses that the loader fills. */
#define MT_NEAR_DATA __attribute__((visibility("hidden")))

#define mt_likely(x) __builtin_expect(!!(x), 1)
#define mt_unlikely(x) __builtin_expect(!!(x), 0)

#endif
