// Lambdas whose code is in their caller: the compiler declares their functions without a place, and
// gives them no symbols.
#include <cstdlib>

void *volatile keep;

int main() {
  auto open = []() __attribute__((always_inline)) { keep = malloc(8000); };
  auto close = []() __attribute__((always_inline)) { keep = malloc(9); };
  open();
  for (int i = 0; i < 3; i++) close();
}
