// gperftools' own functions, alone and mixed with malloc, free, new and delete.
#include <gperftools/tcmalloc.h>

#include <cstdlib>
#include <new>

#include "tally.h"

namespace {

void *volatile kept[1000];
int at;

void keep(void *block, size_t bytes) {
  tally_gain(block, bytes);
  kept[at++] = block;
}

__attribute__((noinline)) void work() {
  constexpr std::align_val_t alignment{128};
  for (int i = 0; i < 10; i++) {
    keep(tc_malloc(100), 100);
    keep(tc_malloc_skip_new_handler(110), 110);
    keep(tc_calloc(10, 12), 120);
    keep(tc_memalign(64, 130), 130);
    keep(tc_valloc(140), 140);
    keep(tc_pvalloc(150), 150);
    keep(tc_new(160), 160);
    keep(tc_newarray(170), 170);
    keep(tc_new_nothrow(180, std::nothrow), 180);
    keep(tc_newarray_nothrow(190, std::nothrow), 190);
    keep(tc_new_aligned(200, alignment), 200);
    keep(tc_newarray_aligned(210, alignment), 210);
    keep(tc_new_aligned_nothrow(220, alignment, std::nothrow), 220);
    keep(tc_newarray_aligned_nothrow(230, alignment, std::nothrow), 230);
    void *block = nullptr;
    if (tc_posix_memalign(&block, 64, 240) == 0) keep(block, 240);
    keep(std::malloc(250), 250);
  }
  void *volatile *row = kept;
  tc_free(row[0]), tally_loss(100);
  std::free(row[1]), tally_loss(110);
  tc_cfree(row[2]), tally_loss(120);
  tc_free_sized(row[3], 130), tally_loss(130);
  tally_resize(row[4] = tc_realloc(row[4], 2000), 140, 2000);
  tc_delete(row[6]), tally_loss(160);
  tc_deletearray(row[7]), tally_loss(170);
  tc_delete_nothrow(row[8], std::nothrow), tally_loss(180);
  tc_deletearray_nothrow(row[9], std::nothrow), tally_loss(190);
  tc_delete_aligned(row[10], alignment), tally_loss(200);
  tc_deletearray_aligned(row[11], alignment), tally_loss(210);
  tc_delete_aligned_nothrow(row[12], alignment, std::nothrow), tally_loss(220);
  tc_deletearray_aligned_nothrow(row[13], alignment, std::nothrow), tally_loss(230);
  tc_free(row[15]), tally_loss(250);
  row += 16;
  tc_delete_sized(row[6], 160), tally_loss(160);
  tc_deletearray_sized(row[7], 170), tally_loss(170);
  tc_delete_sized_aligned(row[10], 200, alignment), tally_loss(200);
  tc_deletearray_sized_aligned(row[11], 210, alignment), tally_loss(210);
  ::operator delete(row[8]), tally_loss(180);
}

} // namespace

int main() {
  work();
  tally_print();
  return 0;
}
