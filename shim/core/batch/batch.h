/*
 * batch.h: from a full staging to chunks: raw words, as hooks wrote them, become the columns of one
 * MT_CHUNK_EVENTS, preceded by the stack nodes and records that stood among them. Knows the trace
 * format, not the process. [writer] all of it.
 */
#ifndef MEMTRACE_BATCH_H
#define MEMTRACE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "file/compress.h"

/* [init] Maps working memory for small batches. False when there is none. */
bool mt_batch_start(void);

/*
 * Staged words that a batch may have at the moment, at least those of a whole ring. More once there
 * was a batch that needed them, where there is address space.
 */
uint32_t mt_batch_words_max(void);

/* [hook] In the child of a fork: no thread has a sequence, no batch was written. */
void mt_batch_forget(void);

/*
 * Appends the chunks of `count` staged words, runs that begin with a MT_RAW_LANE each, as batch
 * `number`. `yield` is called every few dozen microseconds.
 */
void mt_batch_append(const uint64_t *words, uint64_t count, uint64_t number, mt_yield yield);

/* Gives the working memory back, until the next batch needs it. */
void mt_batch_give_back(void);

/* Adds one record (header filled here) to those that precede the next batch. */
void mt_batch_add_record(enum mt_record_type type, const void *content, uint32_t bytes);

/* Appends the records gathered so far, if any, as a chunk. */
void mt_batch_flush_records(void);

#endif
