/*
 * control_signals.h: signals by which a person controls the recorder, where that was asked for: one
 * takes a snapshot, one pauses and resumes. A signal that the program has a use for is the
 * program's: it is left alone, and the trace says so.
 */
#ifndef MEMTRACE_CONTROL_SIGNALS_H
#define MEMTRACE_CONTROL_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

enum mt_control_signal { MT_SIGNAL_SNAPSHOT, MT_SIGNAL_PAUSE, MT_CONTROL_SIGNALS };

struct mt_control_signals {
  uintptr_t handler; /* the function that handles them; 0: none is installed yet */
  struct {
    int number;      /* 0: not asked for */
    bool is_refused; /* the program had a use for it before recording began */
    bool is_said;    /* this trace says that it is the program's */
  } all[MT_CONTROL_SIGNALS];
};

extern struct mt_control_signals mt_control_signals;

/* [init] The number of USR1, USR2, RTMIN or RTMIN+N, with SIG before it or without; 0: none. */
int mt_control_signal_number(const char *text);

/* [writer] A trace begins. */
void mt_control_signals_begin_trace(void);

/* [writer] The number of a signal that is the program's and of which the trace does not say so yet;
 * 0: none. A system call for each. */
int mt_control_signals_lost(void);

#endif
