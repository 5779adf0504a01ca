/* signals.c: see signals.h. */
#include "signals.h"

#include <signal.h>
#include <string.h>

#include "base/atomics.h"
#include "hooks/moments.h"
#include "lifecycle.h"
#include "process/control_signals.h"
#include "process/memory_figures.h"
#include "process/state.h"
#include "writer/account.h"

#define SNAPSHOT_LABEL "signal"

/* [signal-safe] */
static void handle(int number) {
  const void *frame = __builtin_frame_address(0);
  if (!mt_ready()) return;
  if (number == mt_control_signals.all[MT_SIGNAL_SNAPSHOT].number) {
    struct mt_memory_figures figures;
    mt_figures_of_process(&figures);
    mt_moment_record((struct mt_moment){.kind = MT_MOMENT_SNAPSHOT,
                                        .resident_bytes = figures.resident,
                                        .virtual_bytes = figures.virtual},
                     SNAPSHOT_LABEL, frame);
    mt_account_ask();
  } else if (mt_load_acquire(&mt_hot->skipped) == MT_SKIPPED_NOTHING) {
    mt_moment_pause(frame);
  } else {
    mt_moment_resume(frame);
  }
}

void mt_signals_install(void) {
  struct sigaction ours;
  memset(&ours, 0, sizeof ours);
  ours.sa_handler = handle;
  ours.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&ours.sa_mask);
  for (int i = 0; i < MT_CONTROL_SIGNALS; i++) {
    struct sigaction before;
    int number = mt_control_signals.all[i].number;
    if (number == 0) continue;
    bool is_free = sigaction(number, NULL, &before) == 0 && (before.sa_flags & SA_SIGINFO) == 0 &&
                   before.sa_handler == SIG_DFL;
    mt_control_signals.all[i].is_refused = !is_free || sigaction(number, &ours, NULL) != 0;
  }
  /* Pairs with the acquire in mt_control_signals_lost. */
  mt_store_release(&mt_control_signals.handler, (uintptr_t)handle);
}
