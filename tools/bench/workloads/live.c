/*
 * live: a large live set. Blocks are allocated until BLOCKS live, a quarter of them is replaced
 * in random order, then all are freed in the order of their slots.
 *
 *   live BLOCKS
 */
#include <sys/mman.h>

#include "common.h"

static uint64_t seed = 88172645463325252u;

static void *new_block(void) {
  void *block = malloc(8 + next_random(&seed) % 56);
  if (!block) {
    fprintf(stderr, "live: out of memory\n");
    exit(1);
  }
  return block;
}

static FRAME void fill(void **blocks, long count) {
  for (long i = 0; i < count; i++) blocks[i] = new_block();
}

static FRAME void churn(void **blocks, long count) {
  for (long i = 0; i < count / 4; i++) {
    long slot = next_random(&seed) % count;
    free(blocks[slot]);
    blocks[slot] = new_block();
  }
}

static FRAME void drop(void **blocks, long count) {
  for (long i = 0; i < count; i++) free(blocks[i]);
}

int main(int count, char **arguments) {
  long blocks = argument(count, arguments, 1, "blocks");
  size_t table_bytes = (size_t)blocks * sizeof(void *);
  void **table =
      mmap(NULL, table_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (table == MAP_FAILED) return 1;
  double start = now_seconds();
  fill(table, blocks);
  churn(table, blocks);
  drop(table, blocks);
  report_throughput((double)blocks * 1.25, start);
  return 0;
}
