// tree.cc: a parse tree of small objects, built and torn down by recursion, over and over.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Node {
  std::string name;
  std::vector<std::unique_ptr<Node>> children;
};

std::unique_ptr<Node> grow(int depth, unsigned &state) {
  auto node = std::make_unique<Node>();
  state = state * 1664525u + 1013904223u;
  node->name.assign(10 + (state >> 20) % 40, 'n');
  if (depth > 0) {
    int children = 1 + static_cast<int>((state >> 12) % 3);
    for (int i = 0; i < children; i++) node->children.push_back(grow(depth - 1, state));
  }
  return node;
}

size_t measure(const Node &node) {
  size_t size = node.name.size();
  for (const auto &child : node.children) size += measure(*child);
  return size;
}

} // namespace

int main() {
  unsigned state = 42;
  size_t size = 0;
  for (int round = 0; round < 20; round++) size += measure(*grow(9, state));
  std::printf("%zu\n", size);
  return 0;
}
