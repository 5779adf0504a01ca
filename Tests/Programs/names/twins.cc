// Functions without a name of their own: lambdas on one line and on several, and members of
// anonymous namespaces.
#include <cstdlib>
#include <functional>
#include <vector>

void *volatile keep;

int main() {
  std::vector<std::function<void()>> tasks;
  // clang-format off
  tasks.push_back([] { keep = malloc(9000); }); tasks.push_back([] { keep = malloc(17); });
  // clang-format on
  tasks.push_back([] { keep = malloc(600); });
  tasks[0]();
  for (int i = 0; i < 4; i++) tasks[1]();
  tasks[2]();
}
