// containers.cc: what C++ programs allocate: containers, strings, streams, smart pointers, aligned
// new, exceptions.
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct alignas(128) Wide {
  char bytes[256];
};

int thrower(int depth) {
  if (depth == 0) throw std::runtime_error(std::string(100, 'x'));
  return thrower(depth - 1) + 1;
}

} // namespace

int main() {
  std::map<std::string, std::vector<int>> table;
  for (int i = 0; i < 3000; i++) {
    table["a key that is too long for the small string " + std::to_string(i % 500)].push_back(i);
  }
  std::unordered_map<int, std::shared_ptr<std::deque<double>>> queues;
  for (int i = 0; i < 200; i++) {
    auto queue = std::make_shared<std::deque<double>>();
    for (int j = 0; j < i; j++) queue->push_back(j);
    queues[i * 7919 % 1000] = queue;
  }
  std::vector<std::unique_ptr<Wide>> wide;
  for (int i = 0; i < 50; i++) wide.push_back(std::make_unique<Wide>());
  int caught = 0;
  for (int i = 0; i < 100; i++) {
    try {
      thrower(i % 30);
    } catch (const std::exception &error) {
      caught += static_cast<int>(std::string(error.what()).size());
    }
  }
  std::ostringstream text;
  for (const auto &[key, values] : table) text << key << '=' << values.size() << '\n';
  int *leaked = new int[1000];
  leaked[0] = caught;
  std::cout << text.str().size() << ' ' << leaked[0] << ' ' << queues.size() << '\n';
  return 0;
}
