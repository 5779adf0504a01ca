/* deep.c: one allocation under exactly N nested calls of `descend` (201 by default). */
#include <stdio.h>
#include <stdlib.h>

static void *volatile kept;

__attribute__((noinline)) static int descend(int calls) {
  if (calls == 1) {
    kept = malloc(4321);
    return 1;
  }
  /* The addition after the call keeps it from becoming a jump. */
  return descend(calls - 1) + 1;
}

int main(int argc, char **argv) {
  printf("%d\n", descend(argc > 1 ? atoi(argv[1]) : 201));
  return 0;
}
