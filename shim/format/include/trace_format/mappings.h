/*
 * trace_format/mappings.h: mappings, a space of their own. A part of trace_format.h, which alone
 * includes it, behind what it builds on.
 */
#ifndef MEMTRACE_FORMAT_MAPPINGS_H
#define MEMTRACE_FORMAT_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Mappings: what the process did to its address space by mmap, munmap, mremap, mprotect, brk and
 * sbrk, as far as it called the C library's functions by name. Each call is an event of its own,
 * MT_OP_MAPPING, in rings MT_RAW_OTHER. Since 2.1.
 *
 * Blocks of this space (MT_SPACE_KIND_MAPPINGS, which needs no record) follow from the calls by
 * replay, because a call may cut, cover or join what earlier calls mapped:
 *   - a range is *committed* from the call that made it accessible (MAP, EXTEND, MOVE_TO, or PERMIT
 *     over a reservation), on whose stack it counts, to the call that unmaps, covers, moves or
 *     forbids it. Only the part that such a call names ends;
 *   - a range mapped without any access (PROT_NONE) is *reserved*: known, and of no bytes;
 *   - lengths are those of the call, and count in whole pages; with MAP_HUGETLB in huge ones;
 *   - ranges of which no call is known, such as those of the loader and of malloc's arenas, have no
 *     blocks, and calls on them have no effect but where they map something.
 *
 * What gives memory away is recorded before the real call and what takes some after it, as with
 * blocks: so no other thread's mapping of the same range stands in between. Where the real call
 * fails, MT_MAPPING_FAILED follows. Each event has a turn of its own.
 */
enum mt_mapping_call {
  MT_MAPPING_MAP = 1,       /* mmap; covers what was there */
  MT_MAPPING_UNMAP = 2,     /* munmap, or brk and sbrk that shrink the data segment */
  MT_MAPPING_MOVE_FROM = 3, /* mremap, before the call: this range moves, grows or shrinks */
  MT_MAPPING_MOVE_TO = 4,   /* after it: the range that resulted; covers what was there */
  MT_MAPPING_FORBID = 5,    /* mprotect that takes all access away */
  MT_MAPPING_PERMIT = 6,    /* mprotect that gives some */
  MT_MAPPING_EXTEND = 7,    /* brk or sbrk: the data segment grew by this range */
  MT_MAPPING_FAILED = 8,    /* the thread's last UNMAP, MOVE_FROM or FORBID did not happen */
};

struct mt_mapping {
  uint64_t start;
  uint64_t bytes;      /* as the call was given them */
  uint32_t stack;      /* of what takes memory; of the other calls 0 */
  uint32_t flags;      /* of MAP: the MAP_* of the traced machine */
  uint16_t call;       /* enum mt_mapping_call */
  uint16_t protection; /* of MAP and PERMIT: PROT_*, its low bits */
  int32_t descriptor;  /* of MAP: the file, as the process numbered it; else -1 */
};

#ifndef __cplusplus
_Static_assert(sizeof(struct mt_mapping) == 32, "mapping layout");
#endif

#endif
