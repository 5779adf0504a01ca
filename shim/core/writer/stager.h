/*
 * stager.h: takes words out of the rings and makes batches of them. Ring words are copied to a
 * staging at once, which frees the ring; a full staging becomes a batch while the other one fills.
 * Rings and stagings are part of the trace file: at every moment a word stands in one of them, or
 * in a chunk. Everything here is [writer].
 */
#ifndef MEMTRACE_STAGER_H
#define MEMTRACE_STAGER_H

#include <stdbool.h>
#include <stdint.h>

/* Before a trace begins: nothing is staged, no batch is numbered. */
void mt_stager_reset(void);

/* Starts on empty stagings: the live region was just attached. */
void mt_stager_begin(void);

/* Until then nothing is staged: what is taken of a ring becomes a batch of its own at once, and
 * then only is gone from the ring. */
void mt_stager_begin_one_by_one(void);

/* Batches that were made so. */
uint32_t mt_stager_batches_one_by_one(void);

/*
 * Takes what all rings hold, as far as the stagings have room. One by one, and in tail mode, it
 * goes to the file at once. The largest share of a ring that was in use.
 */
double mt_stager_drain_rings(void);

/* Words taken from rings so far. */
uint64_t mt_stager_words(void);

/* Pages of the stagings that were ever written to. */
uint64_t mt_stager_pages(void);

/*
 * Makes a batch of the staging that is full; `yield` is called in between. False when there is
 * none, or the file cannot be written: its words stay where a reader of the unclosed trace finds
 * them.
 */
bool mt_stager_append_full(void (*yield)(void));

/*
 * The same with what was staged before this call. What `yield` stages meanwhile stays there, and
 * the trace may go on with it; once hooks are at rest, and the rings empty, that is nothing.
 */
void mt_stager_append_rest(void (*yield)(void));

#endif
