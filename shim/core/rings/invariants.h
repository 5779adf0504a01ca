/*
 * invariants.h: what a debug build (-DMT_CHECK_INVARIANTS) checks of every hook's own work: it
 * leaves errno as it was, and allocates nothing. For the latter it tells whoever asks whether the
 * calling thread is inside: an allocator that stands below and refuses to be called then is the
 * proof (Tests/Recorder/strict_allocator.c). In the library as it is delivered none of this is
 * there.
 */
#ifndef MEMTRACE_INVARIANTS_H
#define MEMTRACE_INVARIANTS_H

#ifdef MT_CHECK_INVARIANTS

struct mt_own_work {
  int error; /* errno as it was when the work began */
};

/* [hook] Around the work, in pairs that may nest; a hook that is left by a jump is not paired. */
struct mt_own_work mt_own_work_begins(void);
void mt_own_work_ends(const struct mt_own_work *work);

/* From here to the end of the block it is the hook's own work. */
#define MT_OWN_WORK()                                                                            \
  struct mt_own_work own_work __attribute__((cleanup(mt_own_work_ends))) = mt_own_work_begins(); \
  (void)own_work

#else
#define MT_OWN_WORK() ((void)0)
#endif

#endif
