/*
 * test_stacks.c: the stack table under threads: the same nodes from all of them, each defined
 * before it is known, none lost, none too many; its size; and what it does without memory.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/sys.h"
#include "stacks/stacks.h"

#define THREADS 4
#define NODES 200000u
#define DEFINED_MAX (THREADS * NODES + 100000u)

struct definition {
  uint64_t pc;
  uint32_t parent;
};

static struct definition *defined; /* by number; written before the number is known to others */
static uint32_t ids[THREADS][NODES];
static uint64_t definitions, failures;

static void expect(bool holds, const char *what) {
  if (holds) return;
  if (mt_add_relaxed(&failures, 1) < 10) fprintf(stderr, "FAILED %s\n", what);
}

static void define_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self;
  expect(id > 0 && id < DEFINED_MAX, "a number in range");
  expect(parent == 0 || mt_load_relaxed(&defined[parent].pc) != 0, "the parent is defined first");
  defined[id].parent = parent;
  mt_store_relaxed(&defined[id].pc, pc);
  mt_add_relaxed(&definitions, 1);
}

static struct mt_sink sink = {.define_node = define_node};

/* Node i of a fixed random tree: its parent is an earlier node. */
static uint32_t parent_index(uint32_t i) {
  uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  return (uint32_t)((x >> 33) % (i + 1));
}

static uint64_t pc_of(uint32_t i) { return UINT64_C(0x400000) + i % 5000; }

/* Two nodes of the tree may be one (parent, pc): then they are one node of the table too. */
static void *intern_all(void *argument) {
  uint32_t *mine = argument;
  for (uint32_t i = 0; i < NODES; i++) {
    uint32_t at = i == 0 ? 0 : parent_index(i - 1);
    uint32_t parent = i == 0 ? MT_STACK_ROOT : mine[at];
    mine[i] = mt_stacks_intern(&sink, parent, pc_of(i));
    expect(mine[i] != parent, "there is memory");
    const struct mt_stack_node *node = mt_stack_node(mine[i]);
    expect(node->pc == pc_of(i) && node->parent == parent, "a number names its node");
    expect(mt_load_relaxed(&defined[mine[i]].pc) == pc_of(i), "defined before it is known");
  }
  return NULL;
}

/* Two numbers may name one path when threads met at a node while the index grew. */
static bool same_path(uint32_t a, uint32_t b) {
  while (a != b) {
    const struct mt_stack_node *node_a = mt_stack_node(a), *node_b = mt_stack_node(b);
    if (a == MT_STACK_ROOT || b == MT_STACK_ROOT || node_a->pc != node_b->pc) return false;
    a = node_a->parent;
    b = node_b->parent;
  }
  return true;
}

static void expect_same_paths(const uint32_t *one, const uint32_t *other) {
  uint32_t twice = 0;
  for (uint32_t i = 0; i < NODES; i++) {
    expect(same_path(one[i], other[i]), "all threads got the same paths");
    twice += one[i] != other[i];
  }
  expect(twice < NODES / 100, "hardly any path has two numbers");
}

static void test_threads(void) {
  pthread_t threads[THREADS];
  for (int t = 0; t < THREADS; t++) pthread_create(&threads[t], NULL, intern_all, ids[t]);
  for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
  for (int t = 1; t < THREADS; t++) expect_same_paths(ids[0], ids[t]);
  expect(definitions == mt_stacks_count(), "as many definitions as numbers");
  uint64_t before = definitions;
  intern_all(ids[0]);
  expect(definitions == before, "known nodes are not defined again");
}

static long resident_pages(void) {
  long size = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
  if (file) fclose(file);
  return resident;
}

static void ignore_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self, (void)id, (void)pc, (void)parent;
}

static void test_size(void) {
  struct mt_sink quiet = {.define_node = ignore_node};
  mt_stacks_reset();
  expect(mt_stacks_count() == 0, "a reset table is empty");
  long before = resident_pages();
  const uint32_t count = 1000000;
  for (uint32_t i = 0; i < count; i++) mt_stacks_intern(&quiet, i / 3, 0x400000 + i);
  double bytes = (double)(resident_pages() - before) * 4096 / count;
  printf("%.1f bytes a node\n", bytes);
  expect(mt_stacks_count() == count, "a number a node");
#ifndef __SANITIZE_THREAD__ /* whose shadow memory counts, too */
  expect(bytes < 28, "at most 28 bytes a node");
#endif
}

/* Looks up these two program counters, the leaf's first, below `parent`. */
static bool find_two(struct mt_stack_path *path, uint32_t parent, const uint64_t pcs[2]) {
  *path = (struct mt_stack_path){.parent = parent, .count = 2, .pcs = {pcs[0], pcs[1]}};
  mt_stacks_expect_path(path);
  return mt_stacks_find_path(path);
}

/*
 * Two frames below each of so many parents, all with the same two program counters: some of these
 * paths have a tag in common. Each is found as itself, and not before it is there.
 */
static void test_paths(void) {
  struct mt_sink quiet = {.define_node = ignore_node};
  mt_stacks_reset();
  const uint32_t count = 400000;
  const uint64_t pcs[] = {0x1234, 0x5678};
  static uint32_t leaves[400000], shadowed;
  struct mt_stack_path path;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t top = mt_stacks_intern(&quiet, MT_STACK_ROOT, 0x400000 + i);
    expect(!find_two(&path, top, pcs), "a path that is not there is not found");
    leaves[i] = mt_stacks_intern(&quiet, mt_stacks_intern(&quiet, top, pcs[1]), pcs[0]);
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t middle = mt_stack_node(leaves[i])->parent, top = mt_stack_node(middle)->parent;
    if (find_two(&path, top, pcs)) {
      expect(path.nodes[0] == leaves[i] && path.nodes[1] == middle, "a path is found as itself");
    } else {
      shadowed++; /* by one with the same tag: it is looked up node by node */
    }
  }
  expect(shadowed > 0 && shadowed < 1000, "a few paths are shadowed");
}

#ifndef __SANITIZE_THREAD__ /* which ends the program when it gets no memory itself */
/* Interns so many nodes below the root; how many of them got a number. */
static uint32_t intern_flat(struct mt_sink *quiet, uint32_t count) {
  uint32_t known = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t node = mt_stacks_intern(quiet, MT_STACK_ROOT, 0x1234 + i);
    if (node == MT_STACK_ROOT) continue;
    expect(mt_stack_node(node)->pc == 0x1234 + i, "a number names its node, in a full table too");
    known++;
  }
  return known;
}

static void test_no_memory(void) {
  struct mt_sink quiet = {.define_node = ignore_node};
  const uint32_t count = 10000; /* in one segment of nodes, not in the first table */
  mt_stacks_reset();
  struct rlimit none = {1 << 20, RLIM_INFINITY}, saved;
  getrlimit(RLIMIT_AS, &saved);
  none.rlim_max = saved.rlim_max;
  setrlimit(RLIMIT_AS, &none);
  expect(intern_flat(&quiet, 1) == 0, "without memory a frame is left out");
  setrlimit(RLIMIT_AS, &saved);
  expect(intern_flat(&quiet, 1) == 1, "with memory it is not");
  setrlimit(RLIMIT_AS, &none);
  uint32_t known = intern_flat(&quiet, count);
  setrlimit(RLIMIT_AS, &saved);
  expect(known > 3000 && known < 4096, "a table that cannot grow is filled, but for some room");
  expect(intern_flat(&quiet, count) == count, "with memory it grows");
}
#endif

int main(void) {
  defined = calloc(DEFINED_MAX, sizeof *defined);
  if (!defined) return 2;
  test_threads();
  test_size();
  test_paths();
#ifndef __SANITIZE_THREAD__
  test_no_memory();
#endif
  return failures != 0;
}
