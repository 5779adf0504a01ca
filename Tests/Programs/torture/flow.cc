/*
 * flow.cc: control flow that leaves many frames at once, or changes stacks: longjmp and exceptions
 * through 200 frames, fibers. Every allocation is under functions whose calls are known.
 */
#include <setjmp.h>
#include <ucontext.h>

#include <cstdlib>
#include <vector>

namespace {

enum { DEPTH = 200, ROUNDS = 100, FIBERS = 8, SWITCHES = 50 };

void *volatile kept;
jmp_buf start;
volatile bool jumps = true;

__attribute__((noinline)) void leak(size_t bytes) {
  kept = malloc(bytes);
  asm volatile("");
}

__attribute__((noinline)) void jump_down(int depth) {
  if (depth == 0) {
    leak(1);
    if (jumps) longjmp(start, 1);
    return;
  }
  if (depth % 20 == 0) leak(2);
  jump_down(depth - 1);
  asm volatile("");
}

__attribute__((noinline)) void after_jump() {
  leak(3);
  asm volatile("");
}

struct Guard { /* frames with something to clean up, as C++ code has them */
  std::vector<int> values = std::vector<int>(3);
};

__attribute__((noinline)) void throw_down(int depth) {
  Guard guard;
  if (depth == 0) {
    leak(4);
    throw depth;
  }
  throw_down(depth - 1);
  kept = guard.values.data();
}

__attribute__((noinline)) void after_throw() {
  leak(5);
  asm volatile("");
}

/* FIBERS stacks that take turns: each allocates at a depth of its own, deeper by one each round. */
ucontext_t scheduler, fibers[FIBERS];
char stacks[FIBERS][128 << 10];

__attribute__((noinline)) void fiber_down(int depth, int number) {
  if (depth > 0) {
    fiber_down(depth - 1, number);
  } else {
    leak(6);
    swapcontext(&fibers[number], &scheduler);
    leak(7);
  }
  asm volatile("");
}

void run_fiber(int number) {
  for (int i = 0; i < SWITCHES; i++) fiber_down(number + i % 5, number);
}

void run_fibers() {
  for (int number = 0; number < FIBERS; number++) {
    getcontext(&fibers[number]);
    fibers[number].uc_stack.ss_sp = stacks[number];
    fibers[number].uc_stack.ss_size = sizeof stacks[number];
    fibers[number].uc_link = &scheduler;
    makecontext(&fibers[number], reinterpret_cast<void (*)()>(run_fiber), 1, number);
  }
  for (int i = 0; i <= SWITCHES; i++) {
    for (auto &fiber : fibers) {
      swapcontext(&scheduler, &fiber);
      leak(8);
    }
  }
}

} // namespace

int main() {
  for (volatile int i = 0; i < ROUNDS; i = i + 1) {
    if (setjmp(start) == 0) jump_down(DEPTH);
    after_jump();
    try {
      throw_down(DEPTH);
    } catch (int) {
      after_throw();
    }
  }
  run_fibers();
  return 0;
}
