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

/* Fills in resident and virtual size. False when the kernel does not say. */
bool mt_facts_memory(struct mt_memory_sample *sample);

#endif
