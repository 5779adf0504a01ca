/*
 * record.h: what hooks say: a block was allocated, a block is about to be released. Between the
 * hooks of the malloc family and the rings; unwinds, interns and encodes. Everything here is
 * [hook]: it allocates nothing, takes no lock, keeps errno, and may be interrupted anywhere.
 *
 * Order: a release is recorded before the block is really freed, an allocation after it was really
 * made. So when another thread gets the same address, its events come later than ours.
 */
#ifndef MEMTRACE_RECORD_H
#define MEMTRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/* `block` (not NULL) of `bytes` was allocated. `frame`, here and below: the hook's frame address.
 */
void mt_record_allocation(const void *block, size_t bytes, const void *frame);

/* `block` (not NULL) is about to be freed. */
void mt_record_release(const void *block, const void *frame);

/*
 * Around a real realloc of `old` (not NULL): _begin before it; after it either _end with the new
 * block, or _failed when the old one lives on. After a realloc that freed the block (size 0) there
 * is nothing more to say. _begin returns whether the release is in the trace.
 */
bool mt_record_realloc_begin(const void *old, const void *frame);
void mt_record_realloc_end(const void *block, size_t bytes, const void *frame);
void mt_record_realloc_failed(const void *old, bool begun, const void *frame);

/* The same of a block that a language's runtime has cut from memory of its own. */
void mt_record_object(const void *block, size_t bytes, const void *frame);
void mt_record_object_realloc_end(const void *block, size_t bytes, const void *frame);

#endif
