// async_cases.cc: the async callers of resumed functions (async.h), on contexts made by hand. Run
// by Tests/Recorder/run, which links it with unwind_witness.c.
#include <cstdint>
#include <cstdio>

#include "unwind_witness.h"

namespace {

struct Context {
  const Context *parent;
  const void *resume;
};

struct Task {
  char before[0x38];
  void (*resume)();
  const void *context;
};

} // namespace

extern "C" {
void resume_task(Task *);
void async_extended();
void async_passed();
void async_saved_below();
void async_spilled();
extern const char await_1[], await_2[], await_3[], await_left_out[];
void (*async_callback)();
}

// A function's frame with its name, and how many calls stand between it and the hook.
struct Kind {
  const char *name;
  void (*function)();
  int frame;
};

static const Kind kinds[] = {
    {"extended", async_extended, 2},
    {"passed", async_passed, 2},
    {"saved below", async_saved_below, 3},
    {"spilled", async_spilled, 2},
};

static const char *what;
static const void *const *expected;
static int expected_count, expected_frame;

static __attribute__((noinline)) void allocate() {
  witness_async(what, expected_frame, expected, expected_count);
  __asm__ volatile("");
}

static __attribute__((noinline)) void callback() {
  allocate();
  for (volatile int i = 0; i < 2; i = i + 1) allocate(); // at last the kept stack, unchanged
  __asm__ volatile("");
}

static void resume(const Kind &kind, const Context *context, const void *const *callers,
                   int count) {
  Task task = {};
  task.resume = kind.function;
  task.context = context;
  what = kind.name;
  expected = callers;
  expected_count = count;
  expected_frame = kind.frame;
  resume_task(&task);
}

int main() {
  witness_begin();
  async_callback = callback;
  alignas(16) static Context start = {nullptr, await_3};
  alignas(16) static Context middle = {&start, await_2};
  alignas(16) static Context inner = {&middle, await_1};
  alignas(16) static Context no_entry = {&start, await_2 + 1};
  alignas(16) static Context no_parent = {reinterpret_cast<Context *>(0x7fffffff0000), await_1};
  const void *const all[] = {await_1, await_2, await_3};

  alignas(16) static Context left_out = {&start, await_left_out};
  const void *const with_left_out[] = {await_left_out, await_3};

  for (const Kind &kind : kinds) {
    resume(kind, &left_out, with_left_out, 2);
    resume(kind, &inner, all, 3);
    resume(kind, &start, all + 2, 1);
    resume(kind, &middle, all + 1, 2);
    resume(kind, &inner, all, 3);
  }
  // The same task again and again, and work outside of it in between.
  for (const Kind &kind : kinds) {
    for (int i = 0; i < 5; i++) {
      expected_count = 0;
      what = "between two runs of a task";
      callback();
      resume(kind, &inner, all, 3);
    }
  }
  // Contexts that are none: no caller is invented, nothing faults.
  resume(kinds[0], &no_entry, all, 0);
  resume(kinds[0], reinterpret_cast<Context *>(0x7fffffff0000), all, 0);
  resume(kinds[0], reinterpret_cast<Context *>(8), all, 0);
  resume(kinds[0], nullptr, all, 0);
  // A chain is followed as far as it can be.
  resume(kinds[0], &no_parent, all, 1);
  // One without end is cut.
  start.parent = &inner;
  static const void *round[128];
  for (int i = 0; i < 128; i++) round[i] = all[i % 3];
  resume(kinds[0], &inner, round, 128);
  // Outside a task there are no callers.
  expected_count = 0;
  what = "outside";
  callback();
  return witness_end();
}
