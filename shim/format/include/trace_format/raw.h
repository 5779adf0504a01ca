/*
 * trace_format/raw.h: the words that hooks write into rings. A part of trace_format.h,
 * which alone includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_RAW_H
#define MEMTRACE_FORMAT_RAW_H

#include <stddef.h>
#include <stdint.h>

/*
 * Raw words: what a hook writes into its thread's ring, what staging and MT_CHUNK_RAW hold.
 *
 *    63      60 59              44 43                                                 0
 *   +----------+------------------+---------------------------------------------------+
 *   |   kind   |      detail      |               address >> MT_ADDRESS_SHIFT          |  MT_RAW_*
 *   +----------+------------------+---------------------------------------------------+
 *   |          stack node (32)                 |              size (32)               |  2nd word
 *   +------------------------------------------+--------------------------------------+
 *
 * An event whose block is not in the heap of malloc, or has an address of 2^47 or more, follows a
 * MT_RAW_PREFIX in the same run, which holds for the next word's event alone.
 *
 * While a process has had one thread only, releases name blocks by address alone and the writer
 * finds their allocations. From the second thread on, hooks keep a small table of who allocated
 * what (MT_RAW_DETAIL_OWNED says that a block was entered there), and a release that finds its
 * block in it names the allocation: order between threads then never matters to which block ended.
 */
#define MT_ADDRESS_SHIFT 3
#define MT_RAW_ADDRESS_BITS 44
#define MT_RAW_DETAIL_SHIFT 44
#define MT_RAW_DETAIL_BITS 16
#define MT_RAW_DETAIL_OWNED 1u /* of an allocation: releases that can will name it */
#define MT_RAW_KIND_SHIFT 60
#define MT_RAW_SEQUENCE_BITS 20
#define MT_RAW_SIZE_LARGE 0xffffffffu /* the size is the third word */
#define MT_RAW_EVENT_WORDS_MAX 5u     /* with its stamp and its prefix */
#define MT_RAW_RECORD_BYTES_MAX 8192u

enum mt_raw_kind {
  MT_RAW_PAD = 0,            /* 1 word: nothing; fills what no event fits into at a ring's end */
  MT_RAW_ALLOCATE = 1,       /* 2 words, 3 with MT_RAW_SIZE_LARGE */
  MT_RAW_RELEASE = 2,        /* 1 word; detail: 0, or the age of the block in allocations of its
                              * own thread, which is this one: 1 is the most recent */
  MT_RAW_RELEASE_OF = 3,     /* 2 words; the second: thread (high 32 bits) and the low
                              * MT_RAW_SEQUENCE_BITS bits of the sequence of the allocation that
                              * ends: the thread's latest before this with those bits and this
                              * address, or one still in its ring; if neither, the block is old */
  MT_RAW_REALLOCATE = 4,     /* as MT_RAW_ALLOCATE: the new block of a realloc. The release of the
                              * old one was written before the real realloc, as one of the above */
  MT_RAW_REALLOC_FAILED = 5, /* 1 word: the block of the thread's last release lives on */
  MT_RAW_TIME = 6,           /* 1 word: low 60 bits: ns after start_monotonic_ns, coarse */
  MT_RAW_NODE = 7,           /* 3 words: id (low 32 bits), pc, parent: a stack node's definition */
  MT_RAW_RECORD = 8,         /* low 32 bits: bytes; then that many bytes of struct mt_record(s),
                              * padded to words: module loads and the like */
  MT_RAW_SPECIAL = 9,        /* the same, one record that has its place among the events: a mark */
  MT_RAW_LANE = 10,          /* 3 words, staging and MT_CHUNK_RAW only, ahead of each run of words
                              * from one ring: thread (low 32 bits) and ring slot (28 bits above);
                              * position in the ring of the run's first word; words in the run.
                              * A thread's sequence goes on from its last closed lane, or from 0 */
  MT_RAW_TURN = 11,   /* 1 word: a stamp. Low MT_RAW_TURN_BITS bits: a turn, without its upper bits.
                       * The thread's events from here to its next stamp happened in that turn: see
                       * "Order". 16 bits above: words from the stamp before it in the ring to this
                       * one, MT_RAW_TURN_NO_BACK: more, or there is none. The bit above: the thread
                       * itself began the turn, with its next event */
  MT_RAW_PREFIX = 12, /* 1 word; low 32 bits: space; 16 bits above: bits of the address >> shift
                       * from MT_RAW_ADDRESS_BITS on */
  MT_RAW_OTHER = 13,  /* low 32 bits: words that follow, detail: what they are. A reader that does
                       * not know it passes over them: for later minor versions */
};

/* What follows a MT_RAW_OTHER, by its detail. */
enum mt_raw_other {
  MT_RAW_OTHER_MAPPING = 1, /* struct mt_mapping, an event; since 2.1 */
};

#define MT_RAW_TURN_BITS 43
#define MT_RAW_TURN_BACK_SHIFT 43
#define MT_RAW_TURN_NO_BACK 0xffffu
#define MT_RAW_TURN_TAKEN_SHIFT 59

#endif
