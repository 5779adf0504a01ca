/*
 * trace_format/events.h: one batch of events, as columns. A part of trace_format.h,
 * which alone includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_EVENTS_H
#define MEMTRACE_FORMAT_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Events: one batch.
 *
 * Within the batch each thread's events stand in a lane of their own, so that columns are regular;
 * the order column says how lanes interleave, as "Order" tells.
 *
 * Order. Within a thread it is exact. Between threads it follows the process's turns, a number that
 * only grows. Each hook notes it, so that an event which the program's own synchronization puts
 * behind another is of the same turn or of a later one. In merged order turns ascend; a turn begins
 * with the event that took it, which is thereby exact against all events of all threads. A thread
 * takes a turn with its first event and after its last, with a mark, with a block of
 * mt_order.bound_bytes or with the event that brings the bytes it allocated, or its events, to the
 * bounds of mt_order, and mostly with the release of another thread's block. What is left is the
 * order of two threads' other events within one turn: a sum of live bytes is off by at most what
 * each thread allocated in it, which is less than bound_bytes. With MT_ORDER_EXACT there is no such
 * rest. In traces of version 1 the order is that in which the writer took runs of events from their
 * rings, at most some 20 ms apart.
 *
 * Which allocation a release ends does not depend on the order, because releases name allocations:
 *   - of the same lane, by age: 1 names the lane's most recent allocation, 2 the one before;
 *   - of another lane of the batch, by lane and index; in the merged order that allocation may
 *     stand after its release: then the two happen together, at the allocation;
 *   - of a thread whose allocation is not in the file yet (it will be in a later batch): the
 *     release is "early", named by thread and sequence. This name is a hint: hooks know some bits
 *     of the sequence alone, and the thread by its slot and a few bits of how often that was given
 *     out. A block at the address with these bits (MT_RAW_SEQUENCE_BITS) is the one that ends,
 *     whichever thread made it; where none has them or comes, the older block at the address;
 *   - everything else, blocks of earlier batches above all, by address. Blocks that no release of
 *     the batch names (survivors) carry theirs.
 * Where an address allocated by one thread is released by another and at once allocated again by a
 * third, a release by address may stand before the allocation that it ends, or an allocation
 * before the release that made room for it. An address alternates between the two, so a reader
 * pairs a release of a block that is not there with that address's next allocation. An allocation
 * at the address of a block that is still there ends that block; its release, if there is one,
 * follows within the same turn.
 *
 * A lane belongs to a space (see struct mt_space): its allocations are blocks of that space, and
 * its releases end such blocks. A thread has a lane, and a sequence of its own, for each space that
 * it uses. A reader passes over lanes of spaces that it does not know, and over events whose op is
 * reserved: they have their places in the merged order, and no effect.
 *
 * Columns follow the header and the lane table in this order, unpadded, all lanes' parts of a
 * column back to back in lane order. A later minor version may add some at the end, with fields for
 * their lengths at the end of the header.
 *   ops          one byte an event: enum mt_op, or MT_OP_AGE_FIRST + age - 1
 *   fars         LEB128 zigzag, a MT_OP_RELEASE_FAR: index in the lane of the allocation it ends -
 *                index of the one that the lane's last release by age or far ended (at first: 0)
 *   sites        one byte an allocation, the site number's lowest; then, of all lanes again, its
 *                second byte if the batch has over 256 sites; then its third if over 65,536
 *   survivors    LEB128 zigzag, an allocation that no release of this batch names:
 *                (address >> shift) - the lane's previous survivor's
 *   releases     LEB128 zigzag, a MT_OP_RELEASE_ADDRESS:
 *                (address >> shift) - the lane's previous released address
 *   crossings    two LEB128 for each MT_OP_RELEASE_CROSS: lane number, and the allocation's
 *                index in that lane (0 is that lane's first allocation of the batch)
 *   earlies      three LEB128 for each MT_OP_RELEASE_EARLY: thread, sequence, address >> shift
 *   site_stacks  LEB128 zigzag, a site: stack - the previous site's stack
 *   site_sizes   LEB128, a site: size in bytes
 *   order        pairs of LEB128: lane, run of events; absent when there is one lane
 *   times        pairs of LEB128: events since the previous entry (in merged order), and
 *                nanoseconds since the previous entry (the first: since first_time_ns) >> 10
 *   specials     struct mt_record each, one for each MT_OP_SPECIAL, in merged order
 *   mappings     struct mt_mapping each, one for each MT_OP_MAPPING, in merged order; since 2.1
 */
struct mt_events_header {
  uint64_t batch;         /* number of this batch, from 1 without gaps */
  uint64_t first_time_ns; /* of its first event, after start_monotonic_ns */
  uint64_t last_time_ns;
  uint32_t lanes;
  uint32_t sites;  /* at most MT_BATCH_SITES_MAX */
  uint32_t events; /* sum over lanes */
  uint32_t specials;
  uint32_t fars_bytes;
  uint32_t survivors_bytes;
  uint32_t releases_bytes;
  uint32_t crossings_bytes;
  uint32_t site_stacks_bytes;
  uint32_t site_sizes_bytes;
  uint32_t order_bytes;
  uint32_t times_bytes;
  uint32_t specials_bytes;
  uint32_t earlies_bytes;
  /* since version 2 */
  uint32_t header_bytes; /* of this header: where the lane table starts */
  uint32_t lane_bytes;   /* from lane to lane of the table */
  /* since 2.1 */
  uint32_t mappings_bytes;
  uint32_t reserved;
};

struct mt_lane {
  uint32_t thread;
  uint32_t first_sequence; /* low 32 bits of the sequence of the lane's first allocation */
  uint32_t events;
  uint32_t allocations;
  uint32_t far_releases; /* MT_OP_RELEASE_FAR in this lane */
  uint32_t survivors;
  uint32_t address_releases; /* MT_OP_RELEASE_ADDRESS */
  uint32_t crossings;        /* MT_OP_RELEASE_CROSS and MT_OP_RELEASE_EARLY */
  /* since version 2 */
  uint32_t space;
  uint32_t reserved;
};

enum mt_op {
  MT_OP_ALLOCATE = 0,
  MT_OP_REALLOCATE_MOVED = 1,    /* the new block of a realloc; the old one is the lane's last */
  MT_OP_REALLOCATE_IN_PLACE = 2, /*   release before it. In place: the same address */
  MT_OP_RELEASE_ADDRESS = 3,     /* of a block older than the batch, or of an unknown one */
  MT_OP_RELEASE_CROSS = 4,       /* of a block that another lane allocated in this batch */
  MT_OP_RELEASE_FAR = 5,         /* own lane, age over MT_OP_AGE_LIMIT */
  MT_OP_SPECIAL = 6,             /* neither allocation nor release: see specials */
  MT_OP_RELEASE_EARLY = 7,       /* of a block whose allocation a later batch will bring */
  MT_OP_AGE_FIRST = 8,           /* own lane, age 1; 9 is age 2; … 247 is age 240 */
  MT_OP_AGE_LIMIT = 240,
  MT_OP_MAPPING = 248,  /* a call on mappings: see trace_format/mappings.h; since 2.1 */
  MT_OP_RESERVED = 249, /* to 255: for later minor versions, which keep what belongs to such an
                         * event in columns of its own. An event that a reader passes over */
};

#define MT_BATCH_SITES_MAX (1u << 24)
#define MT_TIME_SHIFT 10 /* unit of the times column: 1,024 ns */

#ifndef __cplusplus
_Static_assert(offsetof(struct mt_events_header, header_bytes) == MT_V1_EVENTS_HEADER_BYTES,
               "events header of version 1");
_Static_assert(sizeof(struct mt_events_header) == 96, "events header layout");
_Static_assert(offsetof(struct mt_lane, space) == MT_V1_LANE_BYTES, "lane of version 1");
_Static_assert(sizeof(struct mt_lane) == 40, "lane layout");
#endif

#endif
