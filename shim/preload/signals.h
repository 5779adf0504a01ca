/* signals.h: takes the signals that are to control the recorder (process/control_signals.h). */
#ifndef MEMTRACE_SIGNALS_H
#define MEMTRACE_SIGNALS_H

/* [init] Sets the handler of each that the program leaves at its default. */
void mt_signals_install(void);

#endif
