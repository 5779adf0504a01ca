/*
 * account.h: the accounts of resident memory in the trace (trace_format/account.h): when one is
 * taken, and how, from /proc/self/maps and pagemap, in pieces of a fraction of a millisecond
 * between which the writer does its other work. With a task of its own that is
 *   - at the first look at the program, and at the end;
 *   - when a twentieth more is resident than at the last one, and at least a mebibyte;
 *   - soon after a mark or a snapshot;
 *   - every MEMTRACE_ACCOUNT_EVERY_MS; if not set, once a second at first, and less often the
 *     longer the process has run.
 * Accounts that grow or are due take at most half a percent of a processor, those that are asked
 * for 5 %. Where the program's threads write, there is one at the end, and at marks. Everything
 * here is [writer] but mt_account_ask.
 */
#ifndef MEMTRACE_ACCOUNT_H
#define MEMTRACE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

/* A trace begins. */
void mt_account_forget(void);

/* Another task goes on with the trace: what was under way is not completed. */
void mt_account_give_up(void);

/* Goes on with the account that is under way for a moment, or begins one if it is time.
 * `resident_bytes` is of the last look at memory. */
void mt_account_look(uint64_t now_ns, uint64_t resident_bytes, void (*drain)(void));

bool mt_account_is_under_way(void);

/* Takes an account now, as a whole; `drain` empties the rings meanwhile. */
void mt_account_take(enum mt_account_reason reason, void (*drain)(void));

/* [signal-safe] Has an account taken soon. */
void mt_account_ask(void);

#endif
