// A small service with one of everything that a heap profiler is asked about: a catalogue that is
// kept, requests by two threads with buffers that live shortly, a list that grows without end, one
// tall peak, blocks that are lost, survivors that keep nearly empty pages, and memory that the
// program maps itself. docs/Compared.md shows it to several profilers.
#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Item {
  std::string name;
  std::vector<double> prices;
};

static std::map<std::string, Item> catalogue;
static std::vector<std::string> history;
static std::mutex historyLock;
static std::vector<std::unique_ptr<char[]>> survivors;

__attribute__((noinline)) void load(int count) {
  for (int i = 0; i < count; ++i) {
    std::string key = "article number " + std::to_string(i) + " of the catalogue";
    catalogue[key] = Item{key, std::vector<double>(40, i)};
  }
}

// Buffers that are freed at once, and a line of history that nobody ever removes.
__attribute__((noinline)) std::string answer(int request) {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += "row " + std::to_string(request * 60 + i) + " of the answer\n";
  std::lock_guard<std::mutex> held(historyLock);
  history.push_back("request " + std::to_string(request) + " answered with " + text.substr(0, 200));
  return text;
}

__attribute__((noinline)) void serve(int requests) {
  for (int i = 0; i < requests; ++i) {
    answer(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// 24 MiB for a moment.
__attribute__((noinline)) size_t sortAll() {
  std::vector<char> scratch(24 << 20, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return scratch.size();
}

// Twenty thousand blocks of which one in sixteen stays.
__attribute__((noinline)) void fragment() {
  std::vector<std::unique_ptr<char[]>> blocks;
  for (int i = 0; i < 20000; ++i) {
    blocks.push_back(std::make_unique<char[]>(1000));
    blocks.back()[0] = 1;
  }
  for (int i = 0; i < 20000; i += 16) survivors.push_back(std::move(blocks[i]));
}

// 32 MiB of which a quarter is touched, and 64 MiB of address space of which 4 MiB may be used.
__attribute__((noinline)) void mapMemory() {
  char *pool = static_cast<char *>(
      mmap(nullptr, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  std::memset(pool, 1, 8 << 20);
  char *reserved = static_cast<char *>(
      mmap(nullptr, 64 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  mprotect(reserved, 4 << 20, PROT_READ | PROT_WRITE);
  std::memset(reserved, 1, 4 << 20);
}

__attribute__((noinline)) void lose(int count) {
  for (int i = 0; i < count; ++i) {
    char *lost = new char[333];
    asm volatile("" : : "r"(lost) : "memory");
  }
}

int main() {
  load(20000);
  mapMemory();
  std::thread other([] { serve(400); });
  serve(200);
  size_t sorted = sortAll();
  fragment();
  lose(1000);
  serve(300);
  other.join();
  return sorted == 24 << 20 ? 0 : 1;
}
