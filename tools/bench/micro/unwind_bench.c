/* unwind_bench.c: the unwinder's parts and the stack table's, each in a loop of its own. */
#include "bench.h"
#include "cfi/rule_cache.h"
#include "modules/modules.h"
#include "stacks/stacks.h"
#include "unwind/frames.h"
#include "unwind/rules.h"
#include "unwind/unwind.h"
#include "unwind/unwind_parts.h"

static void no_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self, (void)id, (void)pc, (void)parent;
}
static void no_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self, (void)records, (void)bytes;
}
static struct mt_sink sink = {no_node, no_records};
static struct mt_unwind_thread *state;
static uint64_t counters[MT_COUNTER_COUNT];
static volatile uint32_t result;

/* Stands for a hook: what it costs to know its caller's stack. */
static __attribute__((noinline)) void hook(void) {
  struct mt_frame_start start = MT_FRAME_START();
  result = mt_unwind(state, &sink, &start);
}

static __attribute__((noinline)) void one_site(void) {
  hook();
  __asm__ volatile("");
}

static __attribute__((noinline)) void two_sites(void) {
  hook();
  __asm__ volatile("");
  hook();
  __asm__ volatile("");
}

static __attribute__((noinline)) void leaf_a(void) {
  one_site();
  __asm__ volatile("");
}
static __attribute__((noinline)) void leaf_b(void) {
  two_sites();
  __asm__ volatile("");
}

static void steady(long count) {
  for (long i = 0; i < count; i++) hook();
}
static void sites(long count) {
  for (long i = 0; i < count; i += 2) two_sites();
}
static void leaves(long count) {
  for (long i = 0; i < count; i += 3) {
    leaf_a();
    leaf_b();
  }
}
static void full(long count) {
  for (long i = 0; i < count; i++) {
    state->leaf = state->sentinel;
    hook();
  }
}

static void rules(long count) {
  uint64_t address = (uint64_t)(uintptr_t)&steady;
  mt_rule_cache_insert(address, MT_RULE_SP);
  uint32_t sum = 0;
  for (long i = 0; i < count; i++) {
    sum += mt_rule_cache_find(address);
    __asm__ volatile("" : "+r"(address), "+r"(sum));
  }
  result = sum;
}

static void intern_new(long count) {
  static uint64_t base = 0x10000;
  for (long i = 0; i < count; i++)
    result = mt_stacks_intern(&sink, (uint32_t)(i / 64), base + (uint64_t)i);
  base += (uint64_t)count;
}
static void intern_known(long count) {
  uint32_t parent = MT_STACK_ROOT;
  for (long i = 0; i < count; i++)
    parent = i % 10 == 0 ? MT_STACK_ROOT
                         : mt_stacks_intern(&sink, parent, 0x500000 + (uint64_t)(i % 10));
  result = parent;
}
static void intern_sibling(long count) {
  uint32_t parent = mt_stacks_intern(&sink, MT_STACK_ROOT, 0x700000);
  for (long i = 0; i < count; i++)
    result = mt_stacks_intern(&sink, parent, 0x700000 + (uint64_t)(i % 16));
}

static const struct row rows[] = {
    {"rule", "rule lookup, in cache", rules, 0, 20000000},
    {"steady-7", "same site, 7 frames above", steady, 7, 4000000},
    {"steady-14", "same site, 14 frames above", steady, 14, 4000000},
    {"steady-60", "same site, 60 frames above", steady, 60, 1000000},
    {"sites-10", "two sites in turn, 10 frames above", sites, 10, 4000000},
    {"leaves-10", "three sites in two functions in turn", leaves, 10, 4200000},
    {"full-10", "whole walk, 10 frames above", full, 10, 2000000},
    {"intern-known", "known node, first child", intern_known, 0, 10000000},
    {"intern-sibling", "known node, one of 16 children", intern_sibling, 0, 10000000},
    {"intern-new", "new node", intern_new, 0, 400000},
};

int main(int count, char **arguments) {
  mt_modules_configure(NULL);
  mt_unwind_configure(MT_UNWIND_FAST, MT_DEPTH_DEFAULT, counters);
  state = calloc(1, mt_unwind_thread_bytes());
  mt_unwind_thread_reset(state);
  return RUN_ROWS(rows, count, arguments);
}
