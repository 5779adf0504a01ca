/* threshold_calls.c: see threshold_calls.h. */
#include "threshold_calls.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "base/atomics.h"
#include "base/sys.h"
#include "process/live_heap.h"
#include "process/thresholds.h"

/* By the place of a threshold. Written while nobody can be calling it; see be_sole. */
static struct listener {
  memtrace_threshold_function function;
  void *argument;
  uint32_t delivered; /* crossings that the program was told of */
} listeners[MT_THRESHOLDS_MAX];

static struct {
  uint32_t pid;     /* of the process whose thread it is; 0: there is none */
  uint32_t tid;     /* written by the thread itself */
  uint32_t calling; /* futex: a place and one, while its function may be called; else 0 */
} caller;

/* ---- The thread ---- */

static void deliver(uint32_t place) {
  struct mt_threshold *threshold = &mt_thresholds.all[place];
  struct listener *listener = &listeners[place];
  if (mt_load_acquire(&threshold->crossings) == mt_load_relaxed(&listener->delivered)) return;
  mt_exchange_acq_rel(&caller.calling, place + 1); /* before the state: see be_sole */
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  uint32_t crossings = mt_load_acquire(&threshold->crossings);
  bool is_watched = mt_load_acquire(&threshold->state) % MT_THRESHOLD_STATES >= MT_THRESHOLD_ARMED;
  if (is_watched && crossings != listener->delivered) {
    mt_store_relaxed(&listener->delivered, crossings);
    struct memtrace_crossing crossing = {
        .label = threshold->label,
        .measured_bytes = mt_load_relaxed(&threshold->measured_bytes),
        .limit_bytes = mt_load_relaxed(&threshold->limit_bytes),
        .resident_bytes = mt_load_relaxed(&threshold->resident_bytes),
    };
    if (listener->function != NULL) listener->function(&crossing, listener->argument);
  }
  mt_store_release(&caller.calling, 0);
  mt_sys_futex_wake(&caller.calling, INT32_MAX);
}

/* Also of a child that a called function forks: there this thread is the only one. */
static void *call_back(void *unused) {
  mt_store_release(&caller.tid, (uint32_t)mt_sys_tid());
  for (;;) {
    uint32_t rung = mt_load_acquire(&mt_thresholds.rung);
    for (uint32_t place = 0; place < mt_load_acquire(&mt_thresholds.count); place++) deliver(place);
    mt_sys_futex_wait(&mt_thresholds.rung, rung, NULL);
  }
  return unused;
}

/* Blocks every signal for as long as it takes: the thread never is to run a handler. */
static bool start_thread(void) {
  sigset_t all, before;
  pthread_attr_t attributes;
  pthread_t thread;
  sigfillset(&all);
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_create(&thread, &attributes, call_back, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}

static bool has_thread(void) {
  uint32_t pid = (uint32_t)mt_sys_pid(), known = mt_load_acquire(&caller.pid);
  if (known == pid) return true;
  if (!mt_cas_acq_rel(&caller.pid, &known, pid)) return true; /* another thread is about to */
  mt_store_release(&caller.calling, 0);                       /* a fork may have left it */
  if (start_thread()) return true;
  mt_store_release(&caller.pid, 0);
  return false;
}

/* ---- What the program calls ---- */

/* Returns when the function of a place that is not watched is called by nobody, but perhaps
 * further up this very stack. Pairs with the fence in deliver: either the thread sees that the
 * place is not watched, or it is seen to be calling. */
static void be_sole(uint32_t place) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if ((uint32_t)mt_sys_tid() == mt_load_acquire(&caller.tid)) return;
  if (mt_load_acquire(&caller.pid) != (uint32_t)mt_sys_pid()) return;
  while (mt_load_acquire(&caller.calling) == place + 1) {
    mt_sys_futex_wait(&caller.calling, place + 1, NULL);
  }
}

/* How often its place was given to somebody, so that a number is never used twice. */
static memtrace_threshold_t number_of(uint32_t place, uint32_t state) {
  return (memtrace_threshold_t)(state / MT_THRESHOLD_STATES) * MT_THRESHOLDS_MAX + place + 1;
}

memtrace_threshold_t mt_threshold_calls_add(const char *value, const char *label,
                                            memtrace_threshold_function function, void *argument) {
  struct mt_threshold_value parsed;
  if (!mt_threshold_parse(value, &parsed)) return 0;
  if (parsed.measure == MT_MEASURE_HEAP && !mt_live_heap.is_counted) return 0;
  if (function != NULL && !has_thread()) return 0;
  int place = mt_thresholds_take();
  if (place < 0) return 0;
  struct mt_threshold *threshold = &mt_thresholds.all[place];
  be_sole((uint32_t)place);
  listeners[place] = (struct listener){function, argument, mt_load_acquire(&threshold->crossings)};
  mt_thresholds_arm(place, &parsed, label);
  return number_of((uint32_t)place, mt_load_acquire(&threshold->state));
}

void mt_threshold_calls_remove(memtrace_threshold_t number) {
  if (number == 0) return;
  uint32_t place = (uint32_t)((number - 1) % MT_THRESHOLDS_MAX);
  uint32_t state = mt_load_acquire(&mt_thresholds.all[place].state);
  bool is_there = state % MT_THRESHOLD_STATES >= MT_THRESHOLD_ARMED;
  if (!is_there || number_of(place, state) != number) return;
  mt_thresholds_remove((int)place);
  be_sole(place);
}
