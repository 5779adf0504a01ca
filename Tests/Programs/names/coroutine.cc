// A coroutine that allocates before and after it was suspended, and a member coroutine.
#include <coroutine>
#include <cstdlib>

void *volatile keep;

struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
};

namespace shop {
Task order(int bytes) {
  keep = malloc(1000);
  co_await std::suspend_always{};
  keep = malloc(bytes);
}

struct Desk {
  Task serve(const char *) {
    keep = malloc(500);
    co_return;
  }
};
} // namespace shop

int main() {
  Task first = shop::order(2000);
  first.handle.resume();
  first.handle.resume();
  shop::Desk desk;
  Task second = desk.serve("x");
  second.handle.resume();
}
