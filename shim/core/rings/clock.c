/* clock.c: see clock.h. */
#include "rings/clock.h"

#include "file/live_region.h"
#include "rings/doorbell.h"

/* Hooks set a clock word that is older than this. */
#define STALE_NS UINT64_C(850000)
/* The writer leaves one that is newer than this. */
#define NEW_NS UINT64_C(200000)
/* Until it is known how fast the counter is: 0.2 to 1 ms. */
#define FIRST_TICK_CYCLES (UINT64_C(1) << 20)
/* While nobody keeps the clock a thread reads it again after 30 to 130 microseconds. */
#define QUIET_CYCLES (UINT64_C(1) << 17)
/* Words between two looks at the counter in a burst of events, at most. They grow one by one: those
 * that may have an old time, if a pause comes unnoticed, are few beside those of the burst. */
#define BURST_WORDS 128u

/* How fast the counter is: read beside the clock twice, at some distance. */
#define RATE_MIN_NS UINT64_C(300000)
#define RATE_MAX_NS UINT64_C(100000000)
#define READ_CYCLES_MAX 20000u /* longer between two reads: interrupted */

uint32_t mt_clock_counterless;

static struct { uint64_t ns, cycles; /* where the measured distance begins */ } rate;

void mt_clock_begin(void) {
  rate.ns = rate.cycles = 0;
  mt_store_relaxed(&mt_hot->quiet, 0);
  mt_store_relaxed(&mt_hot->tick_cycles, FIRST_TICK_CYCLES);
  mt_store_relaxed(&mt_hot->clock_ns, mt_trace_file_now_ns());
  mt_store_relaxed(&mt_hot->clock_cycles, mt_clock_cycles());
  mt_store_relaxed(&mt_live_region.header->clock_ns, mt_hot->clock_ns);
}

/* The word was `age` old when it was set at last: an event may have had the old time until then. */
static void note_age(uint64_t age) {
  uint64_t *most = &mt_live_region.header->order.clock_interval_ns;
  uint64_t before = mt_load_relaxed(most);
  while (age > before && !mt_cas_acq_rel(most, &before, age)) {
  }
}

/* Returns the word's age when it was set, 0 if another thread was faster. */
static uint64_t set(void) {
  uint64_t before = mt_load_acquire(&mt_hot->clock_ns);
  uint64_t now = mt_trace_file_now_ns();
  if (now <= before || !mt_cas_acq_rel(&mt_hot->clock_ns, &before, now)) return 0;
  mt_store_relaxed(&mt_hot->clock_cycles, mt_clock_cycles());
  mt_add_acq_rel(&mt_hot->epoch, 1);
  mt_store_relaxed(&mt_live_region.header->clock_ns, now);
  return mt_trace_file_now_ns() - before; /* who set it may have lost the processor meanwhile */
}

void mt_clock_set(void) {
  bool counts = !mt_load_relaxed(&mt_hot->quiet);
  uint64_t age = set();
  if (counts) note_age(age);
}

static void learn_rate(void) {
  uint64_t before = mt_clock_cycles(), now = mt_trace_file_now_ns(), cycles = mt_clock_cycles();
  if (cycles - before > READ_CYCLES_MAX) return;
  uint64_t ns = now - rate.ns;
  if (rate.cycles != 0 && ns < RATE_MIN_NS) return;
  if (rate.cycles != 0 && cycles > rate.cycles) {
    double per_ns = (double)(cycles - rate.cycles) / (double)ns;
    mt_store_relaxed(&mt_hot->tick_cycles, (uint64_t)(per_ns * (double)STALE_NS));
  }
  if (rate.cycles != 0 && cycles > rate.cycles && ns < RATE_MAX_NS) return;
  rate.ns = now;
  rate.cycles = cycles;
}

void mt_clock_keep(void) {
  uint64_t age = mt_trace_file_now_ns() - mt_load_relaxed(&mt_hot->clock_ns);
  if ((int64_t)age < (int64_t)NEW_NS) return;
  learn_rate();
  mt_clock_set();
}

void mt_clock_set_quiet(bool quiet) {
  if (quiet == (mt_load_relaxed(&mt_hot->quiet) != 0)) return;
  mt_clock_set();
  mt_store_release(&mt_hot->quiet, quiet); /* pairs with the acquire in mt_clock_time */
  mt_add_acq_rel(&mt_hot->epoch, 1);
}

uint64_t mt_clock_time(struct mt_thread *thread) {
  if (!mt_load_acquire(&mt_hot->quiet)) {
    thread->quiet_hooks = 0;
    return mt_load_relaxed(&mt_hot->clock_ns);
  }
  if (++thread->quiet_hooks % MT_NUDGE_HOOKS == 0) mt_doorbell_ring();
  uint64_t cycles = mt_clock_cycles();
  bool is_fresh = thread->clock_ns != UINT64_MAX && cycles - thread->clock_cycles < QUIET_CYCLES;
  if (is_fresh) return thread->clock_ns;
  thread->clock_cycles = cycles;
  return mt_trace_file_now_ns();
}

bool mt_clock_check(struct mt_thread *thread) {
  uint64_t cycles = mt_clock_cycles();
  uint64_t passed = cycles - thread->checked_cycles;
  thread->checked_cycles = cycles;
  if (passed > mt_load_relaxed(&mt_hot->tick_cycles) / 4) {
    thread->unchecked_words = 0;
  } else if (thread->unchecked_words < BURST_WORDS) {
    thread->unchecked_words++;
  }
  if (thread->clock_ns == UINT64_MAX) return false; /* its first event brings the time */
  if (mt_state_is_off()) return false; /* nor is there a clock, in the child of a handler's fork */
  if (mt_load_relaxed(&mt_hot->quiet) || !mt_clock_is_stale(cycles)) return false;
  mt_clock_set();
  return true;
}
