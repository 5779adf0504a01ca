/*
 * stacks.c: see stacks.h. All nodes stand in one linked list, sorted by their hash read backwards
 * (split-ordered lists, Shalev and Shavit 2006). A bucket is an entry point into that list; when
 * buckets double, a new bucket's entry lies inside an old bucket's run, so nothing has to move, and
 * each new bucket is threaded in by whoever needs it first. Nodes are never removed.
 *
 *   list:  bucket 0 → node → node → bucket 2 → node → bucket 1 → node → bucket 3 → node
 *   key:   000…0                    010…0               100…0              110…0
 *
 * Before the list, two shorter ways are tried: the parent's first child, because a stack that is
 * seen again runs along nodes that were made together and stand side by side in memory; and a small
 * table of the numbers met lately, which spares most of the list's cache misses.
 */
#include "stacks.h"

#include "segments.h"

struct bucket {
  uint32_t next;  /* link, as in a node */
  uint32_t state; /* enum bucket_state; BUCKET_READY is written with release, read with acquire */
};

enum bucket_state {
  BUCKET_EMPTY = 0,
  BUCKET_CLAIMED = 1, /* someone threads it in; everyone else uses its parent bucket */
  BUCKET_READY = 2,
};

/* A link is 0 at the end of the list, a node number, or a bucket's number with the top bit. */
#define LINK_END 0u
#define LINK_BUCKET 0x80000000u

#define NODE_SEGMENT_BYTES (MT_STACK_SEGMENT_NODES * sizeof(struct mt_stack_node))
#define BUCKET_SEGMENT_BITS 13
#define BUCKET_SEGMENT_BUCKETS (1u << BUCKET_SEGMENT_BITS)
#define BUCKET_SEGMENT_BYTES (BUCKET_SEGMENT_BUCKETS * sizeof(struct bucket))
#define BUCKET_BITS_MIN 10
#define BUCKET_BITS_MAX 27

void *mt_stack_segments[1u << (MT_STACK_BITS_MAX - MT_STACK_SEGMENT_BITS)];
static void *bucket_segments[1u << (BUCKET_BITS_MAX - BUCKET_SEGMENT_BITS)];

/*
 * Before the list: numbers met lately, by hash. An entry is a number below, the upper part of its
 * hash above; it is proven by the node itself. Written with release, read with acquire.
 */
#define RECALL_BITS 14
static uint64_t recalled[1u << RECALL_BITS];

/* Numbers given out, the root's included once there is a node. Written by add, read by any. */
static uint32_t node_count = 1;

static inline struct bucket *bucket_at(uint32_t number) {
  struct bucket *segment = mt_load_relaxed(&bucket_segments[number >> BUCKET_SEGMENT_BITS]);
  return &segment[number & (BUCKET_SEGMENT_BUCKETS - 1)];
}

static inline uint32_t reversed(uint32_t x) {
  x = __builtin_bswap32(x);
  x = (x & 0x0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f);
  x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
  return (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
}

static inline uint64_t hash_of(uint32_t parent, uint64_t pc) {
  uint64_t x = (pc ^ (uint64_t)parent << 32 ^ parent) * UINT64_C(0x9e3779b97f4a7c15);
  return (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
}

/* Buckets in use now: doubles with the nodes. */
static inline uint32_t bucket_mask(void) {
  uint32_t wanted = mt_load_relaxed(&node_count);
  if (wanted < 1u << BUCKET_BITS_MIN) return (1u << BUCKET_BITS_MIN) - 1;
  uint32_t bits = 31 - (uint32_t)__builtin_clz(wanted);
  return (1u << (bits < BUCKET_BITS_MAX ? bits : BUCKET_BITS_MAX)) - 1;
}

/* Where a link stands: in a bucket or in a node. */
struct position {
  uint32_t *link;  /* the last link before the place */
  uint32_t target; /* what it held when it was read */
};

/*
 * Walks from `link` to the place of `key`. When a node with this key, parent and pc is met, its
 * number is in *found and the position does not matter. For a bucket's key, found is NULL.
 */
static struct position find_place(uint32_t *link, uint32_t key, uint32_t parent, uint64_t pc,
                                  uint32_t *found) {
  for (;;) {
    uint32_t target = mt_load_acquire(link); /* pairs with the CAS that linked the target */
    if (target == LINK_END) return (struct position){link, target};
    if (target & LINK_BUCKET) {
      uint32_t number = target & ~LINK_BUCKET;
      if (reversed(number) > key) return (struct position){link, target};
      link = &bucket_at(number)->next;
      continue;
    }
    struct mt_stack_node *node = mt_stack_node(target);
    if (node->key > key) return (struct position){link, target};
    if (found && node->key == key && node->parent == parent && node->pc == pc) {
      *found = target;
      return (struct position){link, target};
    }
    link = &node->next;
  }
}

/* The bucket that covers `number` when it is not usable itself: it without its top bit. */
static uint32_t parent_bucket(uint32_t number) {
  return number & ~(1u << (31 - __builtin_clz(number)));
}

/*
 * A usable entry for bucket `number`, threaded in now if nobody did; an older, wider bucket while
 * another thread is about it or when there is no memory. NULL only when not even bucket 0 exists.
 */
static __attribute__((noinline)) uint32_t *thread_bucket(uint32_t number) {
  struct bucket *segment =
      mt_segment_obtain(&bucket_segments[number >> BUCKET_SEGMENT_BITS], BUCKET_SEGMENT_BYTES);
  struct bucket *bucket = segment ? &segment[number & (BUCKET_SEGMENT_BUCKETS - 1)] : NULL;
  if (number == 0) { /* the head of the list: usable as it is */
    if (!bucket) return NULL;
    mt_store_release(&bucket->state, BUCKET_READY);
    return &bucket->next;
  }
  if (bucket && mt_load_acquire(&bucket->state) == BUCKET_READY) return &bucket->next;
  uint32_t *entry = thread_bucket(parent_bucket(number)); /* at most 27 deep, 1 in practice */
  uint32_t empty = BUCKET_EMPTY;
  if (!entry || !bucket || !mt_cas_acq_rel(&bucket->state, &empty, BUCKET_CLAIMED)) return entry;
  uint32_t *from = entry;
  for (;;) {
    struct position place = find_place(from, reversed(number), 0, 0, NULL);
    mt_store_relaxed(&bucket->next, place.target);
    if (mt_cas_acq_rel(place.link, &place.target, LINK_BUCKET | number)) break;
    from = place.link;
  }
  mt_store_release(&bucket->state, BUCKET_READY); /* pairs with the acquire in entry_of */
  return &bucket->next;
}

static inline uint32_t *entry_of(uint32_t number) {
  struct bucket *segment = mt_load_acquire(&bucket_segments[number >> BUCKET_SEGMENT_BITS]);
  if (mt_likely(segment != NULL)) {
    struct bucket *bucket = &segment[number & (BUCKET_SEGMENT_BUCKETS - 1)];
    if (mt_likely(mt_load_acquire(&bucket->state) == BUCKET_READY)) return &bucket->next;
  }
  return thread_bucket(number);
}

/* A fresh number with its memory; 0 when there is none. */
static uint32_t take_number(void) {
  uint32_t id = mt_add_relaxed(&node_count, 1);
  if (id >> MT_STACK_BITS_MAX) {
    mt_store_relaxed(&node_count, 1u << MT_STACK_BITS_MAX);
    return 0;
  }
  return mt_segment_obtain(&mt_stack_segments[id >> MT_STACK_SEGMENT_BITS], NODE_SEGMENT_BYTES) ? id
                                                                                                : 0;
}

/* Two may try at once; either is a good first child. */
static void adopt_first_child(uint32_t parent, uint32_t child) {
  if (parent == MT_STACK_ROOT || mt_load_relaxed(&mt_stack_node(parent)->first_child)) return;
  mt_store_release(&mt_stack_node(parent)->first_child, child);
}

static inline uint32_t recall(uint64_t hash, uint32_t parent, uint64_t pc) {
  uint64_t entry = mt_load_acquire(&recalled[hash & ((1u << RECALL_BITS) - 1)]);
  if ((entry ^ hash) >> MT_STACK_BITS_MAX != 0 || entry == 0) return 0;
  uint32_t id = entry & ((1u << MT_STACK_BITS_MAX) - 1);
  const struct mt_stack_node *node = mt_stack_node(id);
  return node->parent == parent && node->pc == pc ? id : 0;
}

static inline uint32_t remember(uint64_t hash, uint32_t id) {
  uint64_t entry = hash >> MT_STACK_BITS_MAX << MT_STACK_BITS_MAX | id;
  mt_store_release(&recalled[hash & ((1u << RECALL_BITS) - 1)], entry); /* pairs with recall */
  return id;
}

uint32_t mt_stacks_intern(struct mt_sink *sink, uint32_t parent, uint64_t pc) {
  uint32_t known = mt_stacks_first_child(parent, pc);
  if (known) return known;
  uint64_t hash = hash_of(parent, pc);
  known = recall(hash, parent, pc);
  if (known) return known;

  uint32_t bucket = (uint32_t)(hash >> 32), key = reversed(bucket) | 1, found = 0;
  uint32_t *entry = entry_of(bucket & bucket_mask());
  if (!entry) return parent;
  struct position place = find_place(entry, key, parent, pc, &found);
  if (found) return remember(hash, found);

  uint32_t id = take_number();
  if (id == 0) return parent;
  struct mt_stack_node *node = mt_stack_node(id);
  node->pc = pc;
  node->parent = parent;
  node->key = key;
  sink->define_node(sink, id, pc, parent);
  for (;;) {
    mt_store_relaxed(&node->next, place.target);
    if (mt_cas_acq_rel(place.link, &place.target, id)) break; /* pairs with find_place */
    place = find_place(place.link, key, parent, pc, &found);
    if (found) return remember(hash, found);
  }
  adopt_first_child(parent, id);
  return remember(hash, id);
}

uint32_t mt_stacks_count(void) { return mt_load_relaxed(&node_count) - 1; }

void mt_stacks_reset(void) {
  mt_segments_release(mt_stack_segments, sizeof mt_stack_segments / sizeof *mt_stack_segments,
                      NODE_SEGMENT_BYTES);
  mt_segments_release(bucket_segments, sizeof bucket_segments / sizeof *bucket_segments,
                      BUCKET_SEGMENT_BYTES);
  for (unsigned i = 0; i < sizeof recalled / sizeof *recalled; i++) recalled[i] = 0;
  mt_store_relaxed(&node_count, 1);
}
