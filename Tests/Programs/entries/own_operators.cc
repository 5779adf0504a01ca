// A program whose operator new is its own: blocks of 16 bytes from a list that it keeps, larger
// ones by malloc with a header before them. What its operators do must stay what the program does;
// malloc is called for the larger ones and for the list's chunks alone.
#include <cstdlib>
#include <new>

#include "tally.h"

namespace {
struct Cell {
  Cell *next;
};
Cell *list;
long served;

__attribute__((noinline)) void *work(size_t bytes) {
  void *block = std::malloc(bytes);
  tally_gain(block, bytes);
  return block;
}
} // namespace

void *operator new(size_t bytes) {
  served++;
  if (bytes > 16) return static_cast<char *>(work(bytes + 32)) + 32;
  if (list == nullptr) {
    auto *cells = static_cast<Cell *>(work(16 * 256));
    for (int i = 0; i < 256; i++) {
      auto *cell = reinterpret_cast<Cell *>(reinterpret_cast<char *>(cells) + 16 * i);
      cell->next = list;
      list = cell;
    }
  }
  Cell *cell = list;
  list = cell->next;
  return cell;
}

void *operator new[](size_t bytes) { return operator new(bytes); }
void operator delete(void *) noexcept {}
void operator delete(void *, size_t) noexcept {}
void operator delete[](void *) noexcept {}
void operator delete[](void *, size_t) noexcept {}

int *volatile small;
char *volatile large;

int main() {
  long before = served; // a library of C++ may have called them
  for (int i = 0; i < 1000; i++) small = new int;
  for (int i = 0; i < 10; i++) large = new char[100];
  if (served != before + 1010) return 1;
  tally_print();
  return 0;
}
