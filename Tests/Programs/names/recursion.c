/* Recursion of one function, and of two that call each other: however deep, one stack each (and one
 * for each of the two at the end). */
#include <stdlib.h>

void *volatile keep;

__attribute__((noinline)) static int is_even(int depth);

__attribute__((noinline)) static int is_odd(int depth) {
  keep = malloc(10);
  int answer = depth == 0 ? 0 : is_even(depth - 1);
  __asm__ volatile("" : "+r"(answer));
  return answer + 1;
}

static int is_even(int depth) {
  keep = malloc(20);
  int answer = depth == 0 ? 1 : is_odd(depth - 1);
  __asm__ volatile("" : "+r"(answer));
  return answer + 1;
}

__attribute__((noinline)) static int descend(int depth) {
  keep = malloc(100);
  int answer = depth == 0 ? 0 : descend(depth - 1);
  __asm__ volatile("" : "+r"(answer));
  return answer + 1;
}

int main(void) { return descend(700) + is_even(99) > 0 ? 0 : 1; }
