// Every operator new and delete of C++17, whoever defines them. Of each kind one block is left.
// With an argument: also what happens when there is no memory, a new_handler that allocates
// included.
#include <cstdlib>
#include <new>

#include "tally.h"

namespace {

constexpr std::align_val_t kAlignment{64};
void *volatile kept[64];
int kept_count;

void keep(void *block) { kept[kept_count++] = block; }

template <typename Allocate, typename Release>
void pair(size_t bytes, Allocate allocate, Release release) {
  void *left = allocate(bytes);
  tally_gain(left, bytes);
  keep(left);
  for (int i = 0; i < 10; i++) {
    void *block = allocate(bytes + i);
    tally_gain(block, bytes + i);
    release(block, bytes + i);
    tally_loss(bytes + i);
  }
}

#define PAIR(bytes, allocate, release)          \
  pair(                                         \
      bytes, [](size_t n) { return allocate; }, \
      []([[maybe_unused]] void *p, [[maybe_unused]] size_t n) { release; })

int handled;
void *spare;

void handler() {
  handled++;
  void *note = std::malloc(77);
  tally_gain(note, 77);
  keep(note);
  std::free(spare);
  tally_loss(55);
  std::set_new_handler(nullptr);
}

__attribute__((noinline)) void work(bool without_memory) {
  PAIR(100, ::operator new(n), ::operator delete(p));
  PAIR(110, ::operator new[](n), ::operator delete[](p));
  PAIR(120, ::operator new(n, std::nothrow), ::operator delete(p, std::nothrow));
  PAIR(130, ::operator new[](n, std::nothrow), ::operator delete[](p, std::nothrow));
  PAIR(140, ::operator new(n, kAlignment), ::operator delete(p, kAlignment));
  PAIR(150, ::operator new[](n, kAlignment), ::operator delete[](p, kAlignment));
  PAIR(160, ::operator new(n, kAlignment, std::nothrow),
       ::operator delete(p, kAlignment, std::nothrow));
  PAIR(170, ::operator new[](n, kAlignment, std::nothrow),
       ::operator delete[](p, kAlignment, std::nothrow));
  PAIR(180, ::operator new(n), ::operator delete(p, n));
  PAIR(190, ::operator new[](n), ::operator delete[](p, n));
  PAIR(200, ::operator new(n, kAlignment), ::operator delete(p, n, kAlignment));
  PAIR(210, ::operator new[](n, kAlignment), ::operator delete[](p, n, kAlignment));
  ::operator delete(nullptr);
  if (!without_memory) return;
  spare = std::malloc(55);
  tally_gain(spare, 55);
  std::set_new_handler(handler);
  volatile size_t too_much = size_t(1) << 62;
  int refused = 0;
  try {
    keep(::operator new(too_much));
  } catch (const std::bad_alloc &) {
    refused++;
  }
  if (::operator new(too_much, std::nothrow) == nullptr) refused++;
  if (refused != 2 || handled != 1) std::abort();
  PAIR(220, ::operator new(n), ::operator delete(p)); // the thread records as before
}

} // namespace

int main(int count, char **) {
  work(count > 1);
  tally_print();
  return 0;
}
