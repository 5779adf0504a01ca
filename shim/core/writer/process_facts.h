/*
 * process_facts.h: what a trace says of the process besides its events: program, arguments,
 * environment, memory in use. Read from /proc by the writer. [writer] all of it.
 */
#ifndef MEMTRACE_PROCESS_FACTS_H
#define MEMTRACE_PROCESS_FACTS_H

#include <stdbool.h>

#include "process/session.h"
#include "trace_format.h"

/* Adds the records that describe the process to those of the next batch. */
void mt_facts_add(const struct mt_session *session);

/* Adds a record of something that degrades recording from its start on. */
void mt_facts_add_trouble(enum mt_trouble_kind kind, int detail);

/* Adds a record of what the process calls itself, if that has changed. Some 5 microseconds. */
void mt_facts_add_title(void);

/* Adds records of the programs that were noted as untraced; false if there are none. */
bool mt_facts_add_untraced(uint64_t now_ns, uint64_t *counters);

/* Fills in what the kernel says of the process's memory, all but the time and the recorder's own.
 * False when it says nothing. Some 20 microseconds. */
bool mt_facts_memory(struct mt_memory_sample *sample);

/* Fills in the kernel's sums, all but the one before; 0 where it says nothing. */
void mt_facts_sums(struct mt_account *account);

/* Fills in the recorder's own part of resident memory. Takes longer with the memory it has. */
void mt_facts_own_memory(struct mt_memory_sample *sample);

/* The recorder's own anonymous memory as ranges, by number from 0; as mt_live_next_part. */
bool mt_facts_next_own(uint32_t *number, const void **start, uint64_t *bytes);

#endif
