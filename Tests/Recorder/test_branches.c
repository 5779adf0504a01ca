/*
 * test_branches.c: a branch is found when all that it was derived from is as it was, and not when
 * any part of it is not: each in turn; and the words that prove a frame. The stack is an array of
 * this test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "unwind/branches.h"

enum { GENERATION = 8, FRAMES = 5, BRANCH = 3, SLOTS = 16 };

static unsigned failures;
static uint64_t stack[512] __attribute__((aligned(4096)));
static struct mt_unwind_thread *thread;
static struct mt_frame *sentinel;

static void expect(bool holds, const char *what) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s\n", what);
}

static uint64_t slot(unsigned index) { return (uint64_t)(uintptr_t)&stack[index]; }

static uint32_t rule(uint32_t bp_words, uint32_t flags) {
  return mt_rule_pack(MT_RULE_SP, 32, 8 * bp_words) | flags;
}

static void prove(void) {
  struct mt_proof_word *proof = sentinel->proof;
  for (struct mt_frame *frame = sentinel; frame-- > thread->leaf;)
    frame->proof = proof = mt_frame_prove(frame, frame + 1, proof);
}

/* Five frames of four words; the second one saves the bp that the third needs. */
static void fill(void) {
  struct mt_frame *leaf = sentinel - FRAMES;
  for (unsigned i = 0; i < FRAMES; i++) {
    leaf[i] = (struct mt_frame){
        .sp = slot(1 + 4 * i), .pc = 0x1000 + i, .node = 100 - i, .rule = rule(0, 0)};
    if (i > 0) stack[4 * i] = leaf[i].pc;
  }
  leaf[0].rule |= MT_FRAME_NEEDS_BP;
  leaf[0].bp = 0xb0;
  leaf[1].rule = rule(2, MT_FRAME_CHECKS_BP);
  leaf[2].bp = stack[7] = 0xb2;
  leaf[BRANCH].rule |= MT_FRAME_NEEDS_BP;
  leaf[BRANCH].bp = 0xb3;
  leaf[FRAMES - 1].rule |= MT_FRAME_LAST;
  thread->leaf = leaf;
  thread->generation = GENERATION;
  prove();
}

/* Leaves the kept stack as it is when another leaf has taken its place: without the branch. */
static void keep(void) {
  mt_branches_forget(thread);
  fill();
  mt_branch_keep(thread, BRANCH);
  mt_branch_keep(thread, BRANCH);
  thread->leaf += BRANCH;
}

/* Does the word at `index` decide, among those that lead from a frame of this rule to `next`? */
static bool decides(uint32_t rule, const struct mt_frame *next, unsigned index) {
  struct mt_frame frame = {.sp = slot(0), .bp = slot(100), .rule = rule};
  struct mt_proof_word words[1 + MT_FRAME_WORDS_MAX];
  mt_proof_set_never(&words[0]);
  const struct mt_proof_word *last = mt_frame_prove(&frame, next, words);
  expect(last - words <= MT_FRAME_WORDS_MAX, "words of a frame");
  expect(mt_proof_changed(last) == words, "a proof holds");
  stack[index]++;
  const struct mt_proof_word *changed = mt_proof_changed(last);
  stack[index]--;
  expect(changed == words || changed->address == slot(index), "which has changed");
  return changed != words;
}

/* The cfa and the bp in words of the frame (rule.h, DEREF); all registers in a ucontext. */
static void test_rare_frames(void) {
  struct mt_frame next = {.sp = slot(200), .pc = 0x5555, .bp = 0x77};
  uint32_t deref = mt_rule_pack(MT_RULE_DEREF, -8, 16), checks = MT_FRAME_CHECKS_BP;
  stack[99] = next.sp;
  stack[102] = next.bp;
  stack[199] = next.pc;
  expect(decides(deref, &next, 99), "the word that holds the cfa");
  expect(decides(deref, &next, 199), "the return address");
  expect(decides(deref | checks, &next, 102), "the saved bp");
  expect(!decides(deref, &next, 102), "a saved bp that nobody needs");
  enum { BP = 120 / 8, SP = 160 / 8, PC = 168 / 8 };
  stack[BP] = next.bp;
  stack[SP] = next.sp;
  stack[PC] = next.pc;
  next.pc |= MT_PC_EXACT;
  expect(decides(MT_RULE_SIGNAL, &next, SP), "the interrupted sp");
  expect(decides(MT_RULE_SIGNAL, &next, PC), "the interrupted pc");
  expect(decides(MT_RULE_SIGNAL | checks, &next, BP), "the interrupted bp");
  expect(!decides(MT_RULE_SIGNAL, &next, BP), "an interrupted bp that nobody needs");
  expect(!decides(MT_RULE_END | MT_FRAME_LAST, &next, PC), "nothing beyond the last");
}

/* A stack whose end has to be looked for again is never proven. */
static void test_open_end(void) {
  struct mt_proof_word words[2];
  mt_proof_set_never(&words[0]);
  struct mt_frame frame = {.rule = MT_RULE_BP | MT_FRAME_LAST | MT_FRAME_OPEN};
  expect(mt_frame_prove(&frame, NULL, words) == &words[1], "one word");
  expect(mt_proof_changed(&words[1]) == &words[1], "that never holds");
}

static const struct mt_registers start = {0, 0x1000, 0xb0};

static bool found_at(struct mt_registers leaf, uint64_t generation) {
  uint32_t node = 0;
  leaf.sp = slot(1);
  const struct mt_frame *end = mt_branch_find(thread, generation, &leaf, &node);
  if (end == NULL) return false;
  expect(node == 100, "the leaf's node");
  expect(end == sentinel - (FRAMES - BRANCH), "the kept frame above the branch");
  return true;
}

static bool found(void) { return found_at(start, GENERATION); }

/* The branch is found; `field`, an lvalue, is changed: it is not. */
#define EXPECT_MATTERS(field)            \
  do {                                   \
    keep();                              \
    expect(found(), "unchanged");        \
    (field)++;                           \
    expect(!found(), #field " decides"); \
    (field)--;                           \
  } while (0)

static void test_what_matters(void) {
  struct mt_frame *end = sentinel - (FRAMES - BRANCH);
  EXPECT_MATTERS(stack[4]); /* return addresses */
  EXPECT_MATTERS(stack[8]);
  EXPECT_MATTERS(stack[12]);
  EXPECT_MATTERS(stack[7]); /* the saved bp */
  EXPECT_MATTERS(end->sp);
  EXPECT_MATTERS(end->bp);
  EXPECT_MATTERS(end->node);
  EXPECT_MATTERS(end->rule);
  keep();
  stack[6]++;
  expect(found(), "a word that nothing was derived from");
  end->bp++;
  end->rule &= ~MT_FRAME_NEEDS_BP;
  expect(!found(), "the end is left in another way");
}

static void test_leaf(void) {
  keep();
  expect(!found_at((struct mt_registers){0, 0x1001, 0xb0}, GENERATION), "another pc");
  expect(!found_at((struct mt_registers){0, 0x1000, 0xb1}, GENERATION),
         "another bp, which is needed");
  expect(!found_at(start, GENERATION + 2), "another generation");
  thread->leaf = sentinel - (FRAMES - BRANCH - 1);
  expect(!found(), "the kept stack does not reach down to the branch");
  fill();
  (sentinel - FRAMES)->rule &= ~MT_FRAME_NEEDS_BP;
  mt_branches_forget(thread);
  mt_branch_keep(thread, BRANCH);
  expect(found_at((struct mt_registers){0, 0x1000, 0xb1}, GENERATION), "a bp that nobody needs");
}

static void test_what_is_kept(void) {
  mt_branches_forget(thread);
  fill();
  (sentinel - FRAMES)->node = 500;
  mt_branch_keep(thread, BRANCH);
  expect(!found(), "a stack seen once is no branch");
  keep();
  mt_branches_forget(thread);
  expect(!found(), "forgotten");
}

/* Callers of one function, at one depth, more than a set has ways: their return address tells them
 * apart. */
static void test_hints(void) {
  mt_branches_forget(thread);
  struct mt_frame *leaf = sentinel - FRAMES;
  unsigned all = 0;
  for (unsigned round = 0; round < 20; round++) {
    unsigned hits = 0;
    for (unsigned caller = 0; caller < 3; caller++) {
      fill();
      leaf[BRANCH - 1].pc = stack[8] = 0x2000 + 16 * caller;
      leaf->node = 100 + caller;
      prove();
      uint32_t node;
      struct mt_registers at = {leaf->sp, leaf->pc, leaf->bp};
      if (mt_branch_find(thread, GENERATION, &at, &node) == NULL) {
        mt_branch_keep(thread, BRANCH);
      } else {
        expect(node == leaf->node, "the caller's own branch");
        hits++;
      }
    }
    all += hits == 3;
  }
  expect(all > 10, "three callers are told apart");
}

/* A hint that was learnt elsewhere, for a leaf at the very end of its stack: nothing faults. */
static void test_end_of_memory(void) {
  enum { PAGE = 4096 };
  char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(pages != MAP_FAILED && mprotect(pages + PAGE, PAGE, PROT_NONE) == 0, "two pages");
  fill();
  for (uint64_t left = 0; left < 64; left += 8) {
    for (unsigned hint = 1; hint < 1000; hint *= 3) {
      for (unsigned i = 0; i < 1u << MT_BRANCH_HINT_BITS; i++)
        thread->branch_hints[i] = (uint16_t)hint;
      uint32_t node;
      struct mt_registers leaf = {(uint64_t)(uintptr_t)(pages + PAGE) - left, 0x1000, 0};
      expect(mt_branch_find(thread, GENERATION, &leaf, &node) == NULL, "no such leaf");
    }
  }
  memset(thread->branch_hints, 0, sizeof thread->branch_hints);
  munmap(pages, 2 * PAGE);
}

int main(void) {
  static struct mt_proof_word proof[1 + SLOTS];
  thread = calloc(1, sizeof *thread + (SLOTS + 1) * sizeof(struct mt_frame));
  thread->sentinel = sentinel = &thread->frames[SLOTS];
  *sentinel = (struct mt_frame){.sp = UINT64_MAX, .proof = proof};
  mt_proof_set_never(&proof[0]);
  thread->proof_end = proof;
  test_rare_frames();
  test_open_end();
  test_what_is_kept();
  test_what_matters();
  test_leaf();
  test_hints();
  test_end_of_memory();
  free(thread);
  return failures != 0;
}
