/*
 * test_ownership.c: the ownership table against a plain list of who allocated what: it may have
 * forgotten a block, but it never names another owner, and it forgets few of those set last.
 */
#include <stdio.h>

#include "rings/ownership.h"

uint64_t *mt_owner_table;

static uint64_t table[MT_OWNER_TABLE_BYTES / sizeof(uint64_t)];
static unsigned failures;

static void expect(bool holds, const char *what) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s\n", what);
}

static bool is_known(uint64_t address) { return mt_owner_is_known(mt_owner_find(address)); }

static bool is_owned(uint64_t address, uint32_t owner_bits, uint32_t sequence) {
  uint64_t found = mt_owner_find(address);
  return is_known(address) && mt_owner_bits_of(found) == owner_bits &&
         mt_owner_sequence_of(found) == sequence;
}

static void test_one_block(void) {
  uint64_t address = UINT64_C(0x7f1234567890);
  expect(!is_known(address), "nobody owns a block of an empty table");
  expect(!is_known(0), "nobody owns the null block");
  mt_owner_set(address, mt_owner_bits(5, 2), 77);
  expect(is_owned(address, mt_owner_bits(5, 2), 77), "what was set");
  mt_owner_set(address, mt_owner_bits(6, 31), 0xfffff);
  expect(is_owned(address, mt_owner_bits(6, 31), 0xfffff), "the later owner, the largest sequence");
  mt_owner_set(address, mt_owner_bits(5, 2), (1u << MT_OWNER_SEQUENCE_BITS) + 3);
  expect(is_owned(address, mt_owner_bits(5, 2), 3), "the low bits of a sequence");
  for (unsigned bit = MT_ADDRESS_SHIFT; bit < 47; bit++)
    expect(!is_known(address ^ UINT64_C(1) << bit), "an address one bit off is another block");
  mt_owner_clear(address ^ 1u << 4);
  expect(is_known(address), "another block's end changes nothing");
  mt_owner_clear(address);
  expect(!is_known(address), "a block that was cleared");
}

static void test_generations(void) {
  expect(mt_owner_bits(9, 0) != mt_owner_bits(9, 1), "a slot's next thread is another owner");
  for (uint32_t uses = 0; uses < 100; uses++)
    expect(mt_owner_bits(0, uses) >> MT_OWNER_SLOT_BITS != 0, "no owner looks like an empty entry");
}

/* Heaps of two arenas, blocks of 48 bytes, side by side: more than the table holds. */
static void test_heaps(void) {
  enum { BLOCKS = 200000, LATEST = 20000 };
  static const uint64_t heaps[] = {UINT64_C(0x7f0000000010), UINT64_C(0x7effc4000010)};
  for (uint32_t i = 0; i < BLOCKS; i++)
    for (uint32_t heap = 0; heap < 2; heap++)
      mt_owner_set(heaps[heap] + UINT64_C(48) * i, mt_owner_bits(heap, 0), i);
  uint32_t known = 0, latest = 0;
  for (uint32_t i = 0; i < BLOCKS; i++) {
    for (uint32_t heap = 0; heap < 2; heap++) {
      uint64_t address = heaps[heap] + UINT64_C(48) * i;
      if (!is_known(address)) continue;
      expect(is_owned(address, mt_owner_bits(heap, 0), i), "no block has another's owner");
      known++;
      latest += i >= BLOCKS - LATEST;
    }
  }
  expect(known > 40000, "the table is used well");
  expect(latest > LATEST, "most of the latest blocks are there");
}

int main(void) {
  mt_owner_table = table;
  test_one_block();
  test_generations();
  test_heaps();
  return failures != 0;
}
