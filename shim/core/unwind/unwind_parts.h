/* unwind_parts.h: what the unwind*.c files share with one another. */
#ifndef MEMTRACE_UNWIND_PARTS_H
#define MEMTRACE_UNWIND_PARTS_H

#include "base/atomics.h"
#include "base/sink.h"
#include "unwind/frames.h"
#include "unwind/unwind_types.h"

/* Set by mt_unwind_configure, constant afterwards (but for the counters of a forked child). */
struct mt_unwind_config {
  enum mt_unwind_mode mode;
  uint32_t depth;    /* limit of a stack */
  uint32_t reach;    /* frames that a walk goes: more than depth, see fast.c */
  uint32_t capacity; /* frames of each half of a thread's memory: more than reach */
  uint64_t *counters;
};
extern struct mt_unwind_config mt_unwind_config;

static inline void mt_unwind_count(enum mt_counter counter) {
  if (mt_unwind_config.counters) mt_add_relaxed(&mt_unwind_config.counters[counter], 1);
}

/* ---- unwind.c ---- */

/* [hook] mt_unwind in the modes LIBUNWIND and CHECK. */
uint32_t mt_unwind_with_libunwind(struct mt_unwind_thread *thread, struct mt_sink *sink,
                                  const struct mt_frame_start *start);

/* ---- fast.c, which also has mt_unwind_full ---- */

/* [hook] By rules and the kept stack. */
uint32_t mt_unwind_fast(struct mt_unwind_thread *thread, struct mt_sink *sink,
                        const struct mt_frame_start *start);

/* [hook] Interns a frame below `parent`, its module's incarnation included if the rule says so. */
uint32_t mt_unwind_intern(struct mt_unwind_thread *thread, struct mt_sink *sink, uint32_t parent,
                          uint64_t pc, uint32_t rule);

/* [hook] The rule for a pc, by the cache or learnt. */
uint32_t mt_unwind_rule(struct mt_sink *sink, uint64_t pc, uint64_t generation);

/* ---- with_libunwind.c ---- */

/* [init] Loads libunwind; false when there is none. */
bool mt_libunwind_load(void);

/* [hook] Is it loaded? */
bool mt_libunwind_loaded(void);

/*
 * [hook] The stack by libunwind, walked through this library's own frames with the registers as
 * they truly are, then interned. Uses the thread's scratch frames.
 */
uint32_t mt_unwind_libunwind(struct mt_unwind_thread *thread, struct mt_sink *sink,
                             const struct mt_frame_start *start);

/*
 * [hook] The program counters of the stack at `start`, leaf first, by libunwind: by its own cache,
 * or step by step. Returns their number, at most `capacity` less the frames of this library;
 * *complete says that no capacity stopped it.
 */
uint32_t mt_libunwind_walk(uint64_t start_pc, uint64_t *pcs, uint32_t capacity, bool *complete);
uint32_t mt_libunwind_walk_slowly(uint64_t start_pc, uint64_t *pcs, uint32_t capacity,
                                  bool *complete);

/*
 * [hook] Their number without those at the end that mt_rules_is_stray, at least `least`, which is
 * not 0. What a signal interrupted is no return address, and stays.
 */
uint32_t mt_libunwind_without_strays(struct mt_sink *sink, const uint64_t *pcs, uint32_t count,
                                     uint32_t least);

/* So many frames that the scratch half holds two stacks of program counters in any case. */
#define MT_UNWIND_CAPACITY_MIN 16u

/* More than the frames of this library that stand between libunwind and a hook's caller. */
#define MT_LIBUNWIND_OWN_FRAMES 24u

/* ---- check.c ---- */

/* [hook] Both ways; the answer is mt_unwind_fast's. */
uint32_t mt_unwind_check(struct mt_unwind_thread *thread, struct mt_sink *sink,
                         const struct mt_frame_start *start);

#endif
