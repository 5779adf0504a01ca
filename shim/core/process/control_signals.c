/* control_signals.c: see control_signals.h. */
#include "process/control_signals.h"

#include <signal.h>
#include <string.h>

#include "base/atomics.h"
#include "base/sys.h"
#include "base/text.h"

#define FIRST_REAL_TIME 34 /* as the C library counts them: it keeps the first two */
#define LAST_SIGNAL 64

struct mt_control_signals mt_control_signals;

int mt_control_signal_number(const char *text) {
  if (strncmp(text, "SIG", 3) == 0) text += 3;
  if (strcmp(text, "USR1") == 0) return SIGUSR1;
  if (strcmp(text, "USR2") == 0) return SIGUSR2;
  if (strncmp(text, "RTMIN", 5) != 0) return 0;
  text += 5;
  if (*text == '\0') return FIRST_REAL_TIME;
  if (*text != '+' || text[1] < '0' || text[1] > '9' || strlen(text) > 3) return 0;
  text++;
  uint64_t above = mt_text_take_number(&text);
  bool is_one = *text == '\0' && above <= LAST_SIGNAL - FIRST_REAL_TIME;
  return is_one ? FIRST_REAL_TIME + (int)above : 0;
}

void mt_control_signals_begin_trace(void) {
  for (int i = 0; i < MT_CONTROL_SIGNALS; i++) mt_control_signals.all[i].is_said = false;
}

int mt_control_signals_lost(void) {
  uintptr_t handler = mt_load_acquire(&mt_control_signals.handler);
  if (handler == 0) return 0;
  for (int i = 0; i < MT_CONTROL_SIGNALS; i++) {
    int number = mt_control_signals.all[i].number;
    uint64_t action[4] = {0}; /* the kernel's struct sigaction: its first word is the handler */
    if (number == 0 || mt_control_signals.all[i].is_said) continue;
    bool is_known = mt_syscall(SYS_rt_sigaction, number, NULL, action, sizeof(uint64_t), 0, 0) == 0;
    bool is_ours = !is_known || action[0] == handler;
    if (is_ours && !mt_control_signals.all[i].is_refused) continue;
    mt_control_signals.all[i].is_said = true;
    return number;
  }
  return 0;
}
