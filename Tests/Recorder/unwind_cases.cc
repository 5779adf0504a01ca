// unwind_cases.cc: call chains of every kind that compilers, exceptions, signals, fibers and the
// loader make; each is shown to the witness. Compiled with many sets of options by run. Over 400
// lines, so that each set of options compiles all of the kinds at once.
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "unwind_witness.h"

#define NOINLINE __attribute__((noinline))
#define KEEP_FRAME() __asm__ volatile("" ::: "memory")

// ---- A random tree of calls: frames of all shapes, met in all orders ----

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

struct Walk {
  uint64_t seed;
  int budget;
  int sum;
};

static void branch(Walk &walk, int depth);

static NOINLINE void small(Walk &walk, int depth) {
  branch(walk, depth);
  KEEP_FRAME();
}

static NOINLINE void large(Walk &walk, int depth) {
  volatile char room[9000];
  room[depth] = 1;
  branch(walk, depth);
  walk.sum += room[depth];
}

static NOINLINE void many_registers(Walk &walk, int depth) {
  int a = walk.sum, b = a * 3, c = b ^ depth, d = c + walk.budget, e = d * 5, f = e - a, g = f ^ b;
  branch(walk, depth);
  walk.sum = a + b * c + d * e + f * g;
}

static NOINLINE void dynamic(Walk &walk, int depth) {
  size_t bytes = 16 + next_random(&walk.seed) % 2000;
  char *room = static_cast<char *>(alloca(bytes));
  memset(room, 1, bytes);
  branch(walk, depth);
  walk.sum += room[bytes - 1];
}

static NOINLINE void realigned(Walk &walk, int depth) {
  alignas(128) volatile char room[256];
  room[0] = static_cast<char>(reinterpret_cast<uintptr_t>(&room) % 128);
  branch(walk, depth);
  walk.sum += room[0];
}

static NOINLINE void realigned_dynamic(Walk &walk, int depth, int a, int b, int c, int d, int e) {
  alignas(64) volatile char room[64];
  size_t bytes = 16 + next_random(&walk.seed) % 500;
  char *more = static_cast<char *>(alloca(bytes));
  more[0] = room[1] = static_cast<char>(a + b + c + d + e);
  branch(walk, depth);
  walk.sum += more[0] + room[1];
}

static NOINLINE void tail(Walk &walk, int depth) { return small(walk, depth); }

static int by_sum(const void *a, const void *b, void *context) {
  Walk &walk = *static_cast<Walk *>(context);
  if (walk.budget-- > 0) witness("qsort_r's callback");
  return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static NOINLINE void through_libc(Walk &walk) {
  int values[5];
  for (int &value : values) value = static_cast<int>(next_random(&walk.seed) % 100);
  qsort_r(values, 5, sizeof(int), by_sum, &walk);
}

static NOINLINE void branch(Walk &walk, int depth) {
  while (walk.budget > 0) {
    uint64_t choice = next_random(&walk.seed) % 16;
    if (depth >= 30 && choice < 10) choice = 11;
    switch (choice) {
      case 0:
      case 1:
        small(walk, depth + 1);
        break;
      case 2:
        large(walk, depth + 1);
        break;
      case 3:
      case 4:
        many_registers(walk, depth + 1);
        break;
      case 5:
        dynamic(walk, depth + 1);
        break;
      case 6:
      case 7:
        realigned(walk, depth + 1);
        break;
      case 8:
        realigned_dynamic(walk, depth + 1, 1, 2, 3, 4, 5);
        break;
      case 9:
        tail(walk, depth + 1);
        break;
      case 10:
        through_libc(walk);
        break;
      case 11:
      case 12:
      case 13:
        walk.budget--;
        witness("random calls");
        break;
      default:
        return;
    }
  }
}

static void random_calls(uint64_t seed, int budget) {
  Walk walk = {seed, budget, 0};
  while (walk.budget > 0) branch(walk, 0);
}

// ---- Recursion ----

static NOINLINE int recurse(int depth);
static int (*volatile recurse_anew)(int) = recurse; // not to be inlined into itself

static NOINLINE int recurse(int depth) {
  int below = depth > 1 ? recurse_anew(depth - 1) : (witness("recursion"), 0);
  KEEP_FRAME();
  return below + 1;
}
static void recursion() {
  recurse(201);
  // The call in the middle of 201 frames returns 200 times to the same place.
  if (witness_longest_run() != 200) witness_fail("recursion", "not 201 frames");
  recurse(300);
  recurse(301);
  recurse(300);
  recurse(12);
}

// Far deeper than the limit, through frames of many sizes: down, up, and up and down about one
// depth.
struct Descent {
  uint64_t random;
  bool on_the_way_down;
};

static NOINLINE void descend(Descent &descent, int depth);
static void (*volatile descend_anew)(Descent &, int) = descend;

static NOINLINE void descend_wide(Descent &descent, int depth) {
  volatile char room[700];
  room[depth % 700] = 1;
  descend_anew(descent, depth);
  descent.random += room[depth % 700];
}

static NOINLINE void descend(Descent &descent, int depth) {
  descent.random = descent.random * 6364136223846793005u + 1442695040888963407u;
  bool looks = descent.random >> 60 == 0 || depth == 0;
  if (looks && descent.on_the_way_down) witness("a deep recursion, going down");
  for (int calls = depth % 300 == 7 ? 3 : 1; depth > 0 && calls > 0; calls--) {
    if (depth < 600 && calls > 1)
      descend_anew(descent, depth % 7);
    else if (descent.random >> 59 & 1)
      descend_wide(descent, depth - 1);
    else
      descend_anew(descent, depth - 1);
  }
  if (looks) witness("a deep recursion, coming back");
  KEEP_FRAME();
}

static void deep_recursion() {
  Descent both = {1, true}, back = {1, false};
  descend(both, 1100);
  descend(back, 1100);
}

// ---- Exceptions ----

struct Guard {
  ~Guard() { witness("a destructor while an exception flies"); }
};

static NOINLINE void thrower(int depth) {
  Guard guard;
  if (depth > 0) thrower(depth - 1);
  witness("before a throw");
  throw depth;
}

static NOINLINE void rethrower() {
  try {
    thrower(3);
  } catch (int) {
    witness("a catch block");
    throw;
  }
}

static void exceptions() {
  for (int i = 0; i < 3; i++) {
    try {
      rethrower();
    } catch (int) {
      witness("the outer catch block");
    }
  }
}

// ---- Signals ----

static volatile long interruptions;

static void on_signal(int) {
  interruptions = interruptions + 1;
  witness("a signal handler");
}

static NOINLINE void raise_below(int depth) {
  if (depth > 0)
    raise_below(depth - 1);
  else
    raise(SIGUSR1);
  KEEP_FRAME();
}

static void install(int number, int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = flags | SA_RESTART;
  sigaction(number, &action, nullptr);
}

static NOINLINE long busy_work(volatile char *room, long rounds) {
  long sum = 0;
  for (long i = 0; i < rounds; i++) {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    memset(const_cast<char *>(room), static_cast<int>(i), 4096);
    sum += now.tv_nsec + room[i % 4096] + strtol("1234", nullptr, 10);
  }
  return sum;
}

static void signals() {
  install(SIGUSR1, 0);
  raise_below(5);
  raise_below(9);
  stack_t alternative = {};
  alternative.ss_size = 262144;
  alternative.ss_sp = malloc(alternative.ss_size);
  sigaltstack(&alternative, nullptr);
  install(SIGUSR1, SA_ONSTACK);
  raise_below(5);
  raise_below(5);

  // At arbitrary instructions: in libc, in the vDSO, in prologues, in PLT stubs.
  install(SIGPROF, SA_ONSTACK);
  itimerval often = {{0, 200}, {0, 200}};
  setitimer(ITIMER_PROF, &often, nullptr);
  char *room = static_cast<char *>(malloc(4096));
  long rounds = 0;
  for (interruptions = 0; interruptions < 60 && rounds < 200000; rounds++) busy_work(room, 2000);
  itimerval never = {};
  setitimer(ITIMER_PROF, &never, nullptr);
  if (interruptions < 60) witness_fail("signals", "no interruptions");
  free(room);
}

// ---- Fibers and jumps ----

static ucontext_t main_context, fibers[3];
static int fiber_rounds;

static NOINLINE void fiber_body(int number, int depth) {
  if (depth > 0) {
    fiber_body(number, depth - 1);
  } else {
    for (int i = 0; i < 5; i++) {
      witness_broken("a fiber"); // glibc's first frame of a context says nothing of its end
      fiber_rounds++;
      swapcontext(&fibers[number], number < 2 ? &fibers[number + 1] : &main_context);
    }
  }
  KEEP_FRAME();
}

static void fiber_start(int number) { fiber_body(number, 3 + number); }

static void fiber_switches() {
  char *stacks = static_cast<char *>(malloc(3 * 262144));
  for (int i = 0; i < 3; i++) {
    getcontext(&fibers[i]);
    fibers[i].uc_stack.ss_sp = stacks + i * 262144;
    fibers[i].uc_stack.ss_size = 262144;
    fibers[i].uc_link = &main_context;
    makecontext(&fibers[i], reinterpret_cast<void (*)()>(fiber_start), 1, i);
  }
  for (int i = 0; i < 5; i++) {
    swapcontext(&main_context, &fibers[0]);
    witness("between fibers");
  }
  if (fiber_rounds != 15) witness_fail("fibers", "not all ran");
  free(stacks);
}

static jmp_buf jump;

static NOINLINE int jumper(int depth);
static int (*volatile jumper_anew)(int) = jumper;

static NOINLINE int jumper(int depth) {
  witness("before a jump");
  if (depth == 0) longjmp(jump, 1);
  return jumper_anew(depth - 1) + 1;
}

static void jumps() {
  for (volatile int i = 0; i < 4; i = i + 1) {
    if (setjmp(jump) == 0) jumper(i);
    witness("after a jump");
  }
}

// ---- A handler that jumps out of the unwinder ----

static sigjmp_buf way_out;
static volatile sig_atomic_t may_jump;

static void jump_out(int) {
  if (!may_jump) return;
  may_jump = 0;
  siglongjmp(way_out, 1);
}

static NOINLINE void unwind_at(uint64_t *seed, int depth) {
  volatile char room[64];
  room[depth] = 1;
  witness_quick();
  if (depth < 12 && next_random(seed) % 4 != 0) unwind_at(seed, depth + 1);
  witness_quick();
  room[0] = room[depth];
}

static void jumps_out_of_the_unwinder() {
  struct sigaction action = {};
  action.sa_handler = jump_out;
  sigaction(SIGPROF, &action, nullptr);
  itimerval often = {{0, 200}, {0, 200}};
  setitimer(ITIMER_PROF, &often, nullptr);
  uint64_t seed = 7;
  for (volatile int jumps_left = 60; jumps_left > 0; jumps_left = jumps_left - 1) {
    if (sigsetjmp(way_out, 1) == 0) {
      may_jump = 1;
      for (;;) unwind_at(&seed, 0);
    }
    witness("after a jump out of the unwinder");
  }
  itimerval never = {};
  setitimer(ITIMER_PROF, &never, nullptr);
}

// ---- Assembly ----

extern "C" {
void asm_with_cfi(void (*call)());
void asm_frame_pointer(void (*call)());
void asm_switch_stack(void (*call)(), void *top);
void asm_args_pushed(void (*call)());
}

static NOINLINE void show_asm() {
  witness("assembly");
  KEEP_FRAME();
}
static NOINLINE void show_nested_asm() {
  asm_args_pushed(show_asm);
  KEEP_FRAME();
}

static NOINLINE void assembly() {
  asm_with_cfi(show_asm);
  asm_args_pushed(show_asm);
  asm_with_cfi(show_nested_asm);
  char *stack = static_cast<char *>(malloc(65536));
  asm_switch_stack(show_asm, stack + 65536);
  asm_switch_stack(show_nested_asm, stack + 65536);
  free(stack);
  KEEP_FRAME();
}

// ---- Fibers switched by assembly ----

extern "C" {
void asm_fiber_switch(void **from, void *to);
void asm_fiber_entry();
}

enum { LIGHT_FIBERS = 3, LIGHT_ROUNDS = 8, LIGHT_STACK_BYTES = 65536 };

static void *light_main, *light_tops[LIGHT_FIBERS];
static int light_running, light_shown;

static NOINLINE void light_body(int depth) {
  if (depth > 0) {
    light_body(depth - 1);
  } else {
    for (int i = 0; i <= LIGHT_ROUNDS; i++) { // left for good before that
      witness("a fiber switched by assembly");
      light_shown++;
      if (i % 2 == 0) random_calls(static_cast<uint64_t>(light_running) + 1, 20);
      asm_fiber_switch(&light_tops[light_running], light_main);
    }
  }
  KEEP_FRAME();
}

static void light_start() { light_body(2 + light_running); }

// A new stack: what asm_fiber_switch takes from it, and where it returns to.
static void *light_top(char *stack) {
  void **top = reinterpret_cast<void **>(stack + LIGHT_STACK_BYTES);
  *--top = reinterpret_cast<void *>(asm_fiber_entry);
  *--top = nullptr;                               // rbp
  *--top = reinterpret_cast<void *>(light_start); // rbx
  for (int i = 0; i < 4; i++) *--top = nullptr;
  return top;
}

// Twice upon the same memory: the second set of fibers finds what the first one left.
static void light_fibers() {
  char *stacks = static_cast<char *>(aligned_alloc(16, LIGHT_FIBERS * LIGHT_STACK_BYTES));
  for (int set = 0; set < 2; set++) {
    for (int i = 0; i < LIGHT_FIBERS; i++)
      light_tops[i] = light_top(stacks + ((i + set) % LIGHT_FIBERS) * LIGHT_STACK_BYTES);
    for (int round = 0; round < LIGHT_ROUNDS; round++) {
      for (light_running = 0; light_running < LIGHT_FIBERS; light_running++) {
        asm_fiber_switch(&light_main, light_tops[light_running]);
        witness("between fibers switched by assembly");
      }
    }
  }
  if (light_shown != 2 * LIGHT_FIBERS * LIGHT_ROUNDS) witness_fail("light fibers", "not all ran");
  free(stacks);
}

// ---- Code without tables: known by its frame pointer ----

static NOINLINE void show_guessed() {
  witness_longer("code without tables", 2);
  KEEP_FRAME();
}

static NOINLINE void without_tables() {
  char room[256];
  memset(room, 1, sizeof room);
  witness("before code without tables");
  asm_frame_pointer(show_guessed);
  witness("before generated code");
  void *page =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, reinterpret_cast<const void *>(asm_frame_pointer), 16);
  for (int i = 0; i < 3; i++) {
    witness("before generated code");
    reinterpret_cast<void (*)(void (*)())>(page)(show_guessed);
  }
  munmap(page, 4096);
  __asm__ volatile("" ::"r"(room) : "memory");
}

// ---- Libraries that come and go ----

using Callback = void (*)();

static void show_library() { witness("a library"); }
static void show_resolver() { witness("lazy binding"); }

static bool run_library(const char *path, int *incarnation, void **where) {
  void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!library) {
    witness_fail("dlopen", dlerror());
    return false;
  }
  auto entry = reinterpret_cast<void (*)(Callback)>(dlsym(library, "library_entry"));
  auto resolved = reinterpret_cast<Callback *>(dlsym(library, "library_resolver"));
  auto lazy = reinterpret_cast<void (*)()>(dlsym(library, "library_lazy"));
  *where = reinterpret_cast<void *>(entry);
  for (int i = 0; i < 3; i++) entry(show_library);
  const char *start = reinterpret_cast<const char *>(entry);
  *incarnation = witness_incarnation(start, start + 256);
  *resolved = show_resolver;
  lazy();
  witness_dlclose(library);
  return true;
}

static void libraries(const char *first, const char *second) {
  int a = -1, b = -1, again = -1;
  void *at_first = nullptr, *at_second = nullptr, *at_again = nullptr;
  if (!run_library(first, &a, &at_first) || !run_library(second, &b, &at_second) ||
      !run_library(first, &again, &at_again))
    return;
  if (a != 0) witness_fail("libraries", "the first one has an incarnation");
  bool moved = at_second < static_cast<char *>(at_first) - 65536 ||
               at_second > static_cast<char *>(at_first) + 65536;
  if (!moved && b != 1) witness_fail("libraries", "the second one has no incarnation of its own");
  if (at_again == at_first && again != 0)
    witness_fail("libraries", "the first one came back under another incarnation");
}

// ---- Threads ----

static void *thread_body(void *argument) {
  random_calls(reinterpret_cast<uintptr_t>(argument) * 7919 + 1, 400);
  return nullptr;
}

static void threads() {
  pthread_t all[4];
  for (uintptr_t i = 0; i < 4; i++)
    pthread_create(&all[i], nullptr, thread_body, reinterpret_cast<void *>(i));
  for (pthread_t thread : all) pthread_join(thread, nullptr);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s LIBRARY LIBRARY\n", argv[0]);
    return 2;
  }
  witness_begin();
  witness("main");
  recursion();
  deep_recursion();
  random_calls(42, 3000);
  exceptions();
  signals();
  fiber_switches();
  jumps();
  jumps_out_of_the_unwinder();
  assembly();
  light_fibers();
  without_tables();
  libraries(argv[1], argv[2]);
  threads();
  return witness_end();
}
